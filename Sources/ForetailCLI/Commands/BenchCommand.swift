import ArgumentParser

/// `foretail bench`: measures what this machine can do.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure on this machine.",
        subcommands: subcommands
    )

    private static var subcommands: [any ParsableCommand.Type] {
        var commands: [any ParsableCommand.Type] = [Match.self, Pipeline.self, Templates.self, Prefetch.self]
        #if Server
        commands.append(Log.self)
        #endif
        #if NATS
        commands.append(NATS.self)
        #endif
        return commands
    }
}
