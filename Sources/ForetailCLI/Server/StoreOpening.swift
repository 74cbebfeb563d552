#if Server
import ArgumentParser
import Foretail
import ForetailSQLite
import ForetailServer

#if Postgres
import ForetailPostgres
#endif

/// Opens the reference stores that a configuration names, by the kind that their URLs say.
enum StoreOpening {
    /// The stores; nothing is connected yet.
    ///
    /// - Throws: ``ForetailError`` naming the store and what its URL can be.
    static func open(_ definitions: [StoreDefinition]) throws(ForetailError) -> ReferenceStores {
        var stores = ReferenceStores()
        for definition in definitions {
            guard !definition.isReserved else {
                throw ForetailError(
                    .badSetting,
                    "store '\(definition.name)': lookups of that name ask the stream's own past; name it otherwise")
            }
            try add(definition, to: &stores)
        }
        return stores
    }

    private static func add(_ definition: StoreDefinition, to stores: inout ReferenceStores) throws(ForetailError) {
        let (name, url, limits) = (definition.name, definition.url, definition.limits)
        if url.hasPrefix("sqlite:") {
            let path = String(url.dropFirst("sqlite:".count))
            guard !path.isEmpty else {
                throw ForetailError(.badSetting, "store '\(name)': sqlite: names a file, such as sqlite:customers.db")
            }
            stores.add(
                name, SQLiteReferenceStore(SQLiteReferenceSettings(name: name, path: path)), limits: limits)
            return
        }
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw ForetailError(
                .badSetting,
                "store '\(name)': expected postgres://HOST/DATABASE or sqlite:PATH; other stores are not known")
        }
        #if Postgres
        var settings = PostgresSettings(name: name, connection: url)
        settings.connections = limits.concurrency
        settings.batchKeys = limits.batchKeys
        do throws(ReferenceFailure) {
            stores.add(name, try PostgresReferenceStore(settings), limits: limits)
        } catch {
            throw ForetailError(.badSetting, error.message)
        }
        #else
        throw ForetailError(
            .badSetting, "store '\(name)': this build has no PostgreSQL; build it with the trait Postgres")
        #endif
    }
}
#endif
