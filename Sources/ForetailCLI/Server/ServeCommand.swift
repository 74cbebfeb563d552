#if Server
import ArgumentParser
import Foretail
import ForetailServer
import Logging
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `foretail serve`: streams, tail requests and their readers over HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve streams and tail requests over HTTP.",
        discussion: """
            Producers write events, tail requests live on the server, matches and predictions go to whoever reads them. What was
            acknowledged is on the disk. Every setting can stand in a YAML file, in the environment (FORETAIL_LISTEN=…) or in a
            flag; `foretail config show` lists them.

              foretail serve
              curl -X POST --data-binary @metrics.ndjson localhost:7070/v1/streams/metrics/events
              curl -N 'localhost:7070/v1/streams/metrics/tail?filter=event.cpu>80&ahead=true'
            """)

    @OptionGroup var settings: SettingOptions
    @OptionGroup(title: "Cluster", visibility: NATSOptions.visibility) var cluster: ClusterOptions

    func run() async throws {
        let configuration = try await settings.load()
        let logger = try settings.logger()
        #if NATS
        if let cluster = cluster.settings() { return try await serve(configuration, cluster, logger) }
        #endif
        do {
            let stores = try StoreOpening.open(configuration.stores)
            let server = try await ForetailServer.start(configuration, stores: stores, logger: logger) { port in
                let scheme = configuration.tls.isComplete ? "https" : "http"
                StandardError.write("foretail: listening on \(scheme)://\(configuration.host):\(port)\n")
            }
            try await server.run()
        } catch {
            throw Self.explained(error, configuration)
        }
    }

    /// What a server that does not start says: thing, place and remedy.
    private static func explained(_ error: any Error, _ configuration: ServerConfiguration) -> any Error {
        if let error = error as? StartError { return ForetailError(.source, error.message) }
        guard let error = error as? IOError, [EADDRINUSE, EADDRNOTAVAIL, EACCES].contains(error.errnoCode) else {
            return error
        }
        let reason = String(cString: strerror(error.errnoCode))
        return ForetailError(
            .source,
            "listen: \(configuration.host):\(configuration.port): \(reason); name another address with --listen, or end what listens there"
        )
    }

    #if NATS
    private func serve(
        _ configuration: ServerConfiguration, _ cluster: ClusterSettings, _ logger: Logger
    ) async throws {
        do {
            let node = try await ClusterServer.start(configuration, cluster: cluster, logger: logger) { port in
                let scheme = configuration.tls.isComplete ? "https" : "http"
                StandardError.write("foretail: listening on \(scheme)://\(configuration.host):\(port)\n")
            }
            try await node.run()
        } catch {
            throw Self.explained(error, configuration)
        }
    }
    #endif
}

/// `foretail config`: what a server would do with a configuration.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or show a server's configuration, and touch nothing.",
        subcommands: [Check.self, Show.self])

    /// `foretail config check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say whether a configuration is sound.")
        @OptionGroup var settings: SettingOptions

        func run() async throws {
            _ = try await settings.load()
            print("the configuration is sound")
        }
    }

    /// `foretail config show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all settings, their values, and what they do.")
        @OptionGroup var settings: SettingOptions

        func run() async throws {
            let configuration = try await settings.load()
            for setting in Setting.all {
                print("\(setting.key): \(setting.show(configuration))    # \(setting.help); \(setting.variable)")
            }
        }
    }
}

/// Where settings come from on the command line.
struct SettingOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
    var config: String?

    @Option(name: .long, help: ArgumentHelp("Address and port (127.0.0.1:7070); port 0: any.", valueName: "host:port"))
    var listen: String?

    @Option(name: .long, help: ArgumentHelp("The folder of logs, catalogue and files.", valueName: "folder"))
    var dataDir: String?

    @Flag(name: .long, help: "Allow an address that other machines can reach, without TLS or tokens.")
    var insecureRemote = false

    @Flag(name: .long, help: "Let nobody call without a token, although there is none yet.")
    var requireTokens = false

    @Option(
        name: .long,
        help: ArgumentHelp("Any setting, such as limits.subscribers=100; may be repeated.", valueName: "name=value"))
    var set: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A reference store, such as crm=postgres://localhost/shop or prices=sqlite:prices.db; may be repeated.",
            valueName: "name=url"))
    var store: [String] = []

    @Option(name: .long, help: ArgumentHelp("trace, debug, info, notice, warning, error.", valueName: "level"))
    var logLevel = "info"

    /// Reads flags, environment and file.
    func load() async throws -> ServerConfiguration {
        var flags: [String: String] = [:]
        for assignment in set {
            guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
                throw ValidationError("--set \(assignment): expected name=value")
            }
            let name = String(assignment[..<equals])
            guard Setting.all.contains(where: { $0.key == name }) else {
                throw ValidationError("--set \(name): there is no such setting; `foretail config show` lists all")
            }
            flags[name] = String(assignment[assignment.index(after: equals)...])
        }
        if let listen { flags["listen"] = listen }
        if let dataDir { flags["dataDir"] = dataDir }
        if insecureRemote { flags["insecureRemote"] = "true" }
        if requireTokens { flags["requireTokens"] = "true" }
        do throws(StartError) {
            var configuration = try await ConfigurationLoader.load(file: config, flags: flags)
            for text in store {
                guard let definition = StoreDefinition(text: text) else {
                    throw StartError(message: "--store \(text): expected name=url, such as prices=sqlite:prices.db")
                }
                configuration.stores.removeAll { $0.name == definition.name }
                configuration.stores.append(definition)
            }
            return configuration
        } catch {
            throw ForetailError(.badSetting, error.message)
        }
    }

    /// A logger that writes lines to standard error.
    ///
    /// - Throws: A usage error for a level that nobody knows.
    func logger() throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("--log-level \(logLevel): expected trace, debug, info, notice, warning or error")
        }
        var logger = Logger(label: "foretail") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
#endif
