import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail

/// `foretail filter`: grep with CEL. A plain loop from block to block, without tasks or models.
struct FilterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Print the lines that satisfy a CEL expression, unchanged.",
        usage: """
            foretail filter [options] <cel> [<source>]
            foretail filter [options] --pattern <file|json> [<source>]
            foretail filter explain <cel>
            foretail filter explain --pattern <file|json>
            """,
        discussion: """
            Examples:
              foretail filter 'event.level == "error" && event.latency_ms > 100' app.log
              foretail filter --pattern '{"level": ["error"]}' app.log
              foretail filter explain 'event.level == "error" && event.latency_ms > 100'
            explain shows a filter's program, its access predicate in an index of many filters, and its estimated cost.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The CEL expression over `event` (none with --pattern), then a file or '-' for standard input.",
            valueName: "cel> [<source"))
    var arguments: [String] = []
    @Option(help: ArgumentHelp("An event pattern instead of a CEL expression.", valueName: "file|json"))
    var pattern: String?
    @Option(help: ArgumentHelp(stringLiteral: SchemaOption.help)) var schema: String?
    @Option(help: "How the input is written.") var input = TailOptions.Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Flag(help: "Fail at the first bad line.") var strict = false
    @Flag(name: .shortAndLong, help: "Print only how many lines match.") var count = false

    /// Whether the filter is to be explained: no filter begins with this word.
    private var explains: Bool { arguments.first == "explain" }

    /// The filter and the source, out of the arguments.
    func operands() throws -> (filter: FilterText, source: String) {
        let operands = arguments.dropFirst(explains ? 1 : 0)
        let sources = operands.dropFirst(pattern == nil ? 1 : 0)
        guard sources.count <= 1 else {
            throw UsageError(
                command: "filter", message: "'\(sources.last!)': one source is read; name one file, or '-'")
        }
        let expression = pattern == nil ? operands.first : nil
        guard let filter = try FilterTextOption.text(command: "filter", expression: expression, pattern: pattern) else {
            throw UsageError(
                command: "filter",
                message: "no filter; give a CEL expression such as 'event.level == \"error\"', or --pattern")
        }
        return (filter, sources.first ?? "-")
    }

    func run() async throws {
        if explains { return try explain() }
        var scan = try FilterScan(self)
        try scan.run()
    }
}

extension FilterCommand {
    /// Prints how the filter is compiled, how it is found among many, and what it costs.
    private func explain() throws {
        let (text, source) = try operands()
        guard source == "-" else {
            throw UsageError(
                command: "filter", message: "explain '\(source)': no events are read; give the filter alone")
        }
        guard !count, !strict, unwrap == nil, input == .auto else {
            throw UsageError(
                command: "filter",
                message: "explain reads no events; leave out --count, --strict, --unwrap and --input")
        }
        let filter = try FilterTextOption.compile(text, command: "filter")
        print(filter.indexedExplanation, terminator: "")
        guard let schema = try SchemaOption.schema(schema, command: "filter") else { return }
        let findings = filter.findings(for: schema)
        print("schema     " + (findings.isEmpty ? "nothing speaks against it" : findings[0].description))
        for finding in findings.dropFirst() { print("           \(finding)") }
    }
}

extension TailOptions.Input {
    /// The option in the core's terms.
    var streamInput: StreamDescriptor.Input {
        switch self {
        case .auto: .automatic
        case .ndjson: .ndjson
        case .csv: .csv
        case .text: .text
        }
    }
}
