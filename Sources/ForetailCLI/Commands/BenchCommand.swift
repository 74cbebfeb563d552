import ArgumentParser

/// `foretail bench`: measures what this machine can do.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure on this machine.",
        subcommands: subcommands
    )

    private static var subcommands: [any ParsableCommand.Type] {
        #if Server
        [Match.self, Pipeline.self, Templates.self, Prefetch.self, Log.self]
        #else
        [Match.self, Pipeline.self, Templates.self, Prefetch.self]
        #endif
    }
}
