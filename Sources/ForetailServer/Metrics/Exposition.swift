#if Server
/// Metrics in the text format that Prometheus reads.
///
/// One naming scheme: `foretail_` + what + unit, `_total` for what only grows; base units (seconds, bytes).
/// Source: Prometheus exposition formats, text format 0.0.4; OpenMetrics naming.
package struct Exposition {
    /// The text so far.
    package private(set) var text = ""

    /// Begins with nothing.
    package init() {}

    /// Begins a metric.
    package mutating func begin(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// Adds one value.
    package mutating func add(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        let isWhole = value == value.rounded() && abs(value) < 1e15
        text += isWhole ? " \(Int64(value))\n" : " \(value)\n"
    }

    /// A metric with one value.
    package mutating func single(_ name: String, _ type: String, _ help: String, _ value: Int) {
        begin(name, type, help)
        add(name, [], Double(value))
    }

    private static func escaped(_ value: String) -> String {
        var output = ""
        for character in value {
            switch character {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            default: output.append(character)
            }
        }
        return output
    }
}
#endif
