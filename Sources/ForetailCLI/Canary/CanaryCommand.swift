#if Server
import ArgumentParser
import Foretail
import ForetailServer

/// `foretail canary`: numbered events in, the same out, and what is missing, twice, out of order or late.
struct CanaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canary",
        abstract:
            "Write numbered events to a server, tail them back, and say what is missing, doubled, disordered or late.",
        discussion: """
            Survives kills and restarts of the server: what was not acknowledged is sent again, and the reader goes on behind what
            it saw last. What is missing is only told once the reader is behind it. The exit status is 1 where anything is.

            Examples:
              foretail canary --rate 1000 --duration 5m
              foretail canary --rate 10 --duration 0 --metrics-port 9464      # until Ctrl-C, for Prometheus
            """)

    @OptionGroup var server: ServerOptions
    @Option(help: ArgumentHelp("The stream; the server creates one that it does not know.", valueName: "name"))
    var stream = "foretail-canary"
    @Option(help: ArgumentHelp("Events a second.", valueName: "n")) var rate = 100
    @Option(help: ArgumentHelp("How long to write; 0: until Ctrl-C.", valueName: "duration"))
    var duration = DurationOption(argument: "1m")!
    @Option(
        help: ArgumentHelp("How long the server may be away, and the reader behind in the end.", valueName: "duration"))
    var patience = DurationOption(argument: "1m")!
    @Option(help: ArgumentHelp("Serve metrics for Prometheus at this port of 127.0.0.1; 0: any.", valueName: "port"))
    var metricsPort: Int?
    @Flag(help: "Print the result as one JSON object.") var json = false
    @Flag(name: .shortAndLong, help: "No notices.") var quiet = false

    func validate() throws {
        guard (1...1_000_000).contains(rate) else {
            throw ValidationError("--rate \(rate): expected a number from 1 to 1,000,000")
        }
        if let metricsPort, !(0...65_535).contains(metricsPort) {
            throw ValidationError("--metrics-port \(metricsPort): expected a port, 0 to 65535")
        }
        if stream.isEmpty { throw ValidationError("--stream: the stream's name is empty") }
    }

    func run() async throws {
        let address = try server.address
        let command = self
        let interruption = Interruption()
        Interrupt.install { interruption.note() }
        let report = try await server.run(at: address) { client in
            try await command.report(client, interruption)
        }
        Output.write(json ? report.document.compact + "\n" : report.text)
        if let failure = report.failure { throw ForetailError(.source, "canary: \(failure)") }
    }

    /// Runs, with metrics beside it where they are asked for.
    func report(_ client: ServerClient, _ interruption: Interruption) async throws -> CanaryReport {
        let quiet = quiet
        let settings = CanaryRun.Settings(
            stream: stream, rate: rate, duration: duration.microseconds > 0 ? duration.microseconds : nil,
            patience: patience.microseconds)
        let run = CanaryRun(settings, client: client, interruption: interruption) { sentence in
            if !quiet { StandardError.write("foretail: \(sentence)\n") }
        }
        guard let metricsPort else {
            try await run.run()
            return run.report
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await MetricsListener(port: metricsPort) { run.report.metrics }.run { port in
                    if !quiet { StandardError.write("foretail: metrics at http://127.0.0.1:\(port)/metrics\n") }
                }
            }
            group.addTask { try await run.run() }
            try await group.next()
            group.cancelAll()
        }
        return run.report
    }
}
#endif
