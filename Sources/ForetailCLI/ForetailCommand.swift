import ArgumentParser
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The command line's root: parses, runs, and turns whatever happened into an exit status.
///
/// 0: read to the end. 1: bad input under `--strict`, or a failure. 2: usage.
@main
struct ForetailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "foretail",
        abstract: "The tail that is ahead of its stream.",
        discussion: """
            foretail forwards every event that matches a filter at once, learns the stream, and says what will match next
            before it comes: when, what, and how sure it is.
            """,
        version: "0.1.0",
        subcommands: [
            TailCommand.self, FilterCommand.self, BacktestCommand.self, PatternsCommand.self, TemplatesCommand.self,
            BenchCommand.self,
        ] + serverCommands
    )

    /// The commands that need the server's libraries.
    private static var serverCommands: [any ParsableCommand.Type] {
        #if Server
        var commands: [any ParsableCommand.Type] = [
            ServeCommand.self, ConfigCommand.self, IngestCommand.self, StreamCommand.self, RequestCommand.self,
            ConfidenceCommand.self, BufferCommand.self, NextCommand.self, DeadLettersCommand.self, TokenCommand.self,
            CanaryCommand.self,
        ]
        #if Postgres
        commands.append(StoreCommand.self)
        #endif
        return commands
        #else
        return []
        #endif
    }

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as UsageError {
            StandardError.write(error.text)
            Glibc.exit(2)
        } catch let error as ForetailError {
            StandardError.write("foretail: \(error.message)\n")
            Glibc.exit(1)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code.isSuccess {
                print(message)
                Glibc.exit(0)
            }
            if !message.isEmpty { StandardError.write(message + "\n") }
            Glibc.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
