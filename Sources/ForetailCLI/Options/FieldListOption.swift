import ArgumentParser
import FieldExtraction

/// Field names with commas between, each a dotted path: `host,http.status`.
struct FieldListOption: ExpressibleByArgument, Hashable {
    /// The fields.
    var paths: [FieldPath]
    /// The fields as they were written.
    var names: String { paths.map(\.name).joined(separator: ",") }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        guard !names.contains(where: \.isEmpty) else { return nil }
        paths = names.map { name in
            // People who read filters write `event.cpu`; the field is the same.
            FieldPath(String(name.hasPrefix("event.") ? name.dropFirst(6) : name))
        }
    }
}
