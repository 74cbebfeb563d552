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
            """)

    @OptionGroup var options: TailOptions

    func run() async throws {
        let options = options
        let executor = ThreadExecutor()
        // The tail has a thread of its own, where it may wait for its source.
        try await Task(executorPreference: executor) { try await TailRun(options).run() }.value
    }
}
