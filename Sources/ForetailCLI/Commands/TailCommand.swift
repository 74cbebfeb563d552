import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail tail`: tails a stream, and with `--ahead` says what comes next.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Tail a stream; with --ahead, see what will match before it comes.",
        discussion: """
            Examples:
              foretail tail host --ahead --steps 3
              foretail tail -f app.log --filter 'event.level == "error"'
              foretail tail metrics.csv --time timestamp --key host --ahead --filter 'event.cpu > 80'
              foretail tail http://127.0.0.1:7070/metrics --ahead --filter 'event.cpu > 80'
            A server's stream is read on after a connection that broke, exactly behind the last record.
            """)

    @OptionGroup var options: TailOptions

    func run() async throws {
        let options = options
        #if Server
        if options.isRemote { return try await RemoteTail(options).run() }
        #endif
        let executor = ThreadExecutor()
        // The tail has a thread of its own, where it may wait for its source.
        try await Task(executorPreference: executor) { try await TailRun(options).run() }.value
    }
}
