import FilterLanguage
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A filter on the command line: a CEL expression, or an event pattern given as JSON or as a file that holds it.
enum FilterTextOption {
    /// The filter that `--filter` and `--pattern` name; nil where neither is given.
    ///
    /// - Throws: ``UsageError`` when both are given, or when the file cannot be read.
    static func text(command: String, expression: String?, pattern: String?) throws -> FilterText? {
        guard let pattern else { return expression.map(FilterText.cel) }
        guard expression == nil else {
            throw UsageError(command: command, message: "a filter is a CEL expression or an event pattern, not both")
        }
        return .pattern(try content(pattern, command: command))
    }

    /// Compiles a filter.
    ///
    /// - Throws: ``UsageError`` with the column and the remedy.
    static func compile(_ text: FilterText, schema: EventSchema? = nil, command: String) throws -> Filter {
        do throws(FilterError) {
            let filter = try Filter(text.source, dialect: text.dialect)
            return try schema.map { schema throws(FilterError) in try filter.checked(for: schema) } ?? filter
        } catch {
            throw UsageError(command: command, message: error.description)
        }
    }

    private static func content(_ pattern: String, command: String) throws -> String {
        let first = pattern.utf8.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return pattern }
        guard let text = SmallFile.text(pattern) else {
            let failure = ErrorNumber.current
            let what =
                failure.value == EFBIG
                ? "more than \(SmallFile.byteLimit >> 20) MiB; a pattern is shorter"
                : "\(failure.text); \(failure.readingRemedy)"
            throw UsageError(
                command: command,
                message: "--pattern \(pattern): \(what), or give JSON such as '{\"level\":[\"error\"]}'")
        }
        return text
    }
}
