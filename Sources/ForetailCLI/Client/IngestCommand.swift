#if Server
import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail ingest`: sends a file or standard input to a server's stream.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Send a file or standard input to a server's stream.",
        discussion: """
            Events arrive in order, each body only once the one before is on the server's disk. While the server is away or has no
            room, ingest waits and tries again. A line that is no event is reported with its number and skipped.

            Examples:
              foretail ingest metrics metrics.ndjson
              tail -F app.log | foretail ingest app
              foretail ingest http://10.0.0.7:7070/metrics metrics.csv --strict
            """)

    @Argument(help: "The stream, or its URL. The server creates one that it does not know.")
    var stream: String
    @Argument(help: "A file, or '-' for standard input.")
    var file = "-"
    @OptionGroup var server: ServerOptions
    @Option(
        help:
            "How the input is written; by default as the file's name says (.ndjson, .jsonl, .csv), else told from its lines."
    )
    var input = TailOptions.Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Option(help: ArgumentHelp("Send at most so many events at a time.", valueName: "n")) var batch: Int?
    @Option(help: ArgumentHelp("Try so long while the server does not take events (1m).", valueName: "duration"))
    var retryFor: DurationOption?
    @Flag(help: "Stop at a bad line; the events sent together with it are taken.") var strict = false
    @Flag(name: .shortAndLong, help: "No progress, no notices, no summary.") var quiet = false

    func validate() throws {
        if let batch, batch < 1 { throw ValidationError("--batch \(batch): expected a number from 1") }
        if let unwrap, unwrap.paths.count != 1 { throw ValidationError("--unwrap: expected one field") }
        if stream.isEmpty { throw ValidationError("the stream's name is empty") }
        if file.isEmpty { throw ValidationError("the file's name is empty; name a file, or '-'") }
        _ = try server.stream(stream)
    }

    /// How long to try, in microseconds.
    var patience: Int64 { retryFor?.microseconds ?? 60_000_000 }

    /// How the lines are read: as stated, else by the file's name.
    var form: StreamDescriptor.Input {
        guard input == .auto else { return input.streamInput }
        let name = file.lowercased()
        if [".ndjson", ".jsonl"].contains(where: name.hasSuffix) { return .ndjson }
        return name.hasSuffix(".csv") ? .csv : .automatic
    }

    func run() async throws {
        let (address, name) = try server.stream(stream)
        let command = self
        let interruption = Interruption()
        Interrupt.install { interruption.note() }
        try await server.run(at: address) { client in
            var run = try IngestRun(
                command, client: client, stream: name, interruption: interruption, wake: Interrupt.wake)
            try await run.run()
        }
    }
}
#endif
