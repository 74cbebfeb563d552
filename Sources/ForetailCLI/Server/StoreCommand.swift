#if Server && Postgres
import ArgumentParser
import Foretail
import ForetailPostgres
import ForetailServer

/// `foretail store`: what a reference store needs so that staged rows are dropped when they change.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Let PostgreSQL tell of changed rows, so that none is joined that is outdated.",
        subcommands: [Watch.self, Unwatch.self, Status.self])

    /// `foretail store watch`.
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install triggers that send a notice for every changed row of a table.",
            discussion: """
                Examples:
                  foretail store watch crm customers --key id --config foretail.yaml
                  foretail store watch postgres://localhost/shop customers --key id --print
                """)

        @OptionGroup var store: StoreReference
        @Argument(help: "The table, with or without a schema.") var table: String
        @Option(help: ArgumentHelp("The column that lookups compare their keys with.", valueName: "column"))
        var key: String?
        @Flag(help: "Print the SQL instead of running it.") var print = false

        func run() async throws {
            try await StoreCommand.run { () throws(ReferenceFailure) in
                print
                    ? try PostgresWatch.installation(table: table, keyColumn: key)
                    : try await PostgresWatch.install(
                        connection: try await store.connection(), table: table, keyColumn: key)
            }
        }
    }

    /// `foretail store unwatch`.
    struct Unwatch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove the triggers of a table.")
        @OptionGroup var store: StoreReference
        @Argument(help: "The table, with or without a schema.") var table: String
        @Flag(help: "Print the SQL instead of running it.") var print = false

        func run() async throws {
            try await StoreCommand.run { () throws(ReferenceFailure) in
                print
                    ? try PostgresWatch.removal(table: table)
                    : try await PostgresWatch.remove(connection: try await store.connection(), table: table)
            }
        }
    }

    /// `foretail store status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show which tables are watched.")
        @OptionGroup var store: StoreReference

        func run() async throws {
            try await StoreCommand.run { () throws(ReferenceFailure) in
                try await PostgresWatch.status(connection: try await store.connection())
            }
        }
    }

    /// Which store is meant.
    struct StoreReference: ParsableArguments {
        @Argument(help: "The store: its name in the configuration, or its URL.") var store: String
        @Option(help: ArgumentHelp("A YAML file of settings.", valueName: "file")) var config: String?

        /// Its connection string.
        func connection() async throws(ReferenceFailure) -> String {
            if store.contains("://") { return store }
            let known: [StoreDefinition]
            do throws(StartError) {
                known = try await ConfigurationLoader.load(file: config).stores
            } catch {
                throw ReferenceFailure(.query, error.message)
            }
            guard let definition = known.first(where: { $0.name == store }) else {
                throw ReferenceFailure(
                    .query,
                    "there is no store '\(store)'"
                        + (config == nil ? "; name the configuration with --config, or give the store's URL" : ""))
            }
            guard definition.url.hasPrefix("postgres") else {
                throw ReferenceFailure(.query, "store '\(store)' needs no triggers: only PostgreSQL has them")
            }
            return definition.url
        }
    }

    private static func run(
        _ work: () async throws(ReferenceFailure) -> String
    ) async throws {
        do throws(ReferenceFailure) {
            Output.write(try await work() + "\n")
        } catch {
            throw ForetailError(.source, error.message)
        }
    }
}
#endif
