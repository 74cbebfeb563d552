/// The format of an input, told from its first lines.
///
///     LineFormat.detect(first: "timestamp,value", second: "2014-11-30 12:00:00,17420")     // .csv
///
/// - NDJSON: the first line begins with `{` and is a valid JSON object.
/// - CSV: the first line is a header. That is: at least two cells between commas, semicolons or tabs, none empty, no name
///   twice, each a name rather than a sentence: it begins with a letter or underscore, holds letters, digits, single
///   spaces (up to three words), `_ - . / # % $ @ & *` and closed brackets such as `(°C)`. The second line, if there is one, has as many
///   cells; if there is none, the names hold no space.
/// - Text otherwise. So access logs, syslog, klog, `key=value` lines, stack traces and sentences with commas are text. When
///   in doubt it is text: nothing is lost, and the format can be stated.
public enum LineFormat: UInt8, Sendable {
    /// One JSON object per line; other lines are messages.
    case ndjson
    /// A header and rows.
    case csv
    /// Plain lines.
    case text

    /// The format of an input by its first line that is not empty and the line behind it, if there is one.
    public static func detect(
        first: UnsafeBufferPointer<UInt8>, second: UnsafeBufferPointer<UInt8>? = nil, limits: ScanLimits = ScanLimits()
    ) -> LineFormat {
        let first = unsafe CSVHeader.withoutFrame(first)
        let view = unsafe ByteView(first)
        if view[JSONText.skipSpace(view, from: 0)] == UInt8(ascii: "{") {
            var scanner = JSONScanner(plan: FieldPlan(), limits: limits)
            var slot = FieldSlot.missing
            return unsafe scanner.scan(first, into: &slot).isValid ? .ndjson : .text
        }
        return unsafe isHeader(view, second: second, limits: limits) ? .csv : .text
    }

    /// The format of an input by its first lines.
    public static func detect(first: String, second: String? = nil, limits: ScanLimits = ScanLimits()) -> LineFormat {
        unsafe Array(first.utf8).withUnsafeBufferPointer { first in
            guard let second else { return unsafe detect(first: first, limits: limits) }
            return unsafe Array(second.utf8).withUnsafeBufferPointer { second in
                unsafe detect(first: first, second: second, limits: limits)
            }
        }
    }

    private static func isHeader(
        _ view: ByteView, second: UnsafeBufferPointer<UInt8>?, limits: ScanLimits
    ) -> Bool {
        guard view.count <= limits.line else { return false }
        let delimiter = CSVHeader.delimiter(of: view)
        var fields = CSVFields(view, delimiter: delimiter)
        var names: Set<String> = []
        var count = 0
        while let field = fields.next() {
            let name = JSONString.string(CSVScanner.textSlot(field, view))
            guard unsafe isName(name, spacesAllowed: second != nil), names.insert(name).inserted else { return false }
            count += 1
        }
        guard fields.fault.isValid, count >= 2, count <= limits.fields else { return false }
        guard let second = unsafe second else { return true }
        let (cells, isOpen) = unsafe cells(ByteView(CSVHeader.withoutFrame(second)), delimiter)
        return isOpen ? cells < count : cells == count
    }

    /// The number of cells of a line that are whole, and whether a quoted one goes on in the next line. No cells at a fault.
    private static func cells(_ view: ByteView, _ delimiter: UInt8) -> (count: Int, isOpen: Bool) {
        var fields = CSVFields(view, delimiter: delimiter)
        var count = 0
        while fields.next() != nil { count += 1 }
        if fields.fault.code == .unterminatedQuote { return (count, true) }
        return (fields.fault.isValid ? count : 0, false)
    }

    /// Whether a header's cell reads as the name of a column.
    private static func isName(_ name: String, spacesAllowed: Bool) -> Bool {
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return false }
        guard name.utf8.count <= 64, name.utf8.last != 0x20 else { return false }
        var spaces = 0
        var open: [Unicode.Scalar] = []
        var previous = first
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", "#", "%", "$", "@", "&", "*": break
            case " ":
                spaces += 1
                if previous == " " || !spacesAllowed { return false }
            case "(", "[": open.append(scalar)
            case ")": if open.popLast() != "(" { return false }
            case "]": if open.popLast() != "[" { return false }
            default: if scalar.isASCII { return false }
            }
            previous = scalar
        }
        return spaces <= 2 && open.isEmpty
    }
}
