#if Server
import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail buffer`: what a tail request's buffer holds.
struct BufferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "buffer",
        abstract: "Say what a tail request's buffer holds, or list its live predictions.",
        discussion: """
            Examples:
              foretail buffer tr_1
              foretail buffer tr_1 --predictions --key web-1
            """)

    @Argument(help: "The tail request, such as tr_1, or its URL.") var id: String
    @OptionGroup var server: ServerOptions
    @Flag(help: "List the live predictions.") var predictions = false
    @Option(help: ArgumentHelp("Only those of this key.", valueName: "key")) var key: String?
    @Option(help: ArgumentHelp("List at most so many.", valueName: "n")) var limit: Int?
    @Flag(help: "Print the server's JSON, of predictions one record a line.") var json = false

    func validate() throws {
        for (option, isGiven) in [("--key", key != nil), ("--limit", limit != nil)] where isGiven && !predictions {
            throw ValidationError("\(option) is about predictions; add --predictions")
        }
    }

    func run() async throws {
        let (address, id) = try server.request(id)
        let path = RequestCommand.path + [id, "buffer"]
        guard predictions else {
            let status = try await server.run(at: address) { client in try await client.get(path) }
            if json { return Output.write(status.compact + "\n") }
            return Output.write(Self.text(status, style: TerminalStyle(descriptor: 1)))
        }
        var query: [(String, String)] = []
        if let key { query.append(("key", key)) }
        if let limit { query.append(("limit", "\(limit)")) }
        let parameters = query
        let records = try await server.run(at: address) { client in
            try await client.bytes("GET", path + ["predictions"], parameters, accept: "application/x-ndjson, */*")
        }
        if json { return Output.write(records) }
        Output.write(Self.list(records, style: TerminalStyle(descriptor: 1), now: SystemClock().now()))
    }

    /// The figures for eyes.
    static func text(_ status: JSONValue, style: TerminalStyle) -> [UInt8] {
        func count(_ name: String) -> String { Readable.count(status[name]?.whole ?? 0) }
        func bytes(_ name: String) -> String { Readable.bytes(status[name]?.number ?? 0) }
        var lines = FactLines(style: style)
        let isBounded = (status["capacity"]?.whole ?? 0) > 0
        lines.add("slots", count("size") + (isBounded ? " of at most \(count("capacity"))" : ""))
        lines.add("predictions", count("predictions"))
        lines.add("staged", "\(count("staged")) alternatives")
        lines.add("memory", "\(bytes("bytes")), at most \(bytes("peakBytes")) of \(bytes("budgetBytes"))")
        lines.add("ttl", status["ttl"]?.text)
        lines.add("hits", count("hits"))
        lines.add("alternatives", count("alternativeHits"))
        lines.add("misses", count("misses"))
        lines.add("expirations", count("expirations"))
        lines.add("evictions", count("evictions"))
        lines.add("refusals", count("refusals"))
        return lines.bytes
    }

    /// The records for eyes.
    static func list(_ records: [UInt8], style: TerminalStyle, now: Timestamp) -> [UInt8] {
        var options = PrettyRenderer.Options()
        options.today = now
        var pretty = PrettyRecords(style: style, options: options)
        var reader = RecordReader()
        var lines = RecordLines()
        lines.append(records)
        var output: [UInt8] = []
        lines.forEach { line in
            if let record = reader.read(line) { pretty.append(record, line: line, now: now, to: &output) }
        }
        return output.isEmpty ? Array("no live predictions\n".utf8) : output
    }
}
#endif
