import ArgumentParser

/// `foretail bench`: measures what this machine can do.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure on this machine.",
        subcommands: [Match.self, Pipeline.self]
    )
}
