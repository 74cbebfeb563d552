#if Server
package import FieldExtraction
public import Foretail
import HTTPTypes
import Synchronization

/// The reference stores of a server, by name.
///
///     var stores = ReferenceStores()
///     stores.add("crm", PostgresReferenceStore(…))
///     let server = try await ForetailServer.start(configuration, stores: stores, logger: logger)
public struct ReferenceStores: Sendable {
    private var clients: [String: any StoreAccess] = [:]

    /// Creates a server's stores: none yet.
    public init() {}

    /// Adds a store, or takes another in its place.
    public mutating func add(
        _ name: String, _ store: some ReferenceStore, limits: ReferenceLimits = ReferenceLimits()
    ) {
        clients[name] = ReferenceClient(name, store, limits: limits) { ServerClock().monotonic }
    }

    /// The names, sorted.
    public var names: [String] { clients.keys.sorted() }

    /// A store by its name.
    subscript(name: String) -> (any StoreAccess)? { clients[name] }

    /// All of them, by name.
    var all: [any StoreAccess] { names.compactMap { clients[$0] } }

    /// Asks the stores that the fetches name. A store that is not there refuses.
    ///
    /// - Parameter source: Tells those apart who number their statements themselves (``nextSource()``).
    public func submit(_ fetches: [ReferenceFetch], from source: Int, to receiver: @escaping ReferenceReceiver) {
        guard let first = fetches.first else { return }
        if fetches.allSatisfy({ $0.store == first.store }) {
            submit(fetches, to: first.store, from: source, receiver)
        } else {
            for (store, part) in Dictionary(grouping: fetches, by: \.store) {
                submit(part, to: store, from: source, receiver)
            }
        }
    }

    private func submit(
        _ fetches: [ReferenceFetch], to name: String, from source: Int, _ receiver: @escaping ReferenceReceiver
    ) {
        if let client = clients[name] { return client.submit(fetches, from: source, to: receiver) }
        let failure = ReferenceFailure(
            .refused, "there is no store '\(name)'; name it in the configuration, under 'stores'")
        let now = ServerClock().monotonic
        receiver(
            fetches.map {
                ReferenceAnswer(statement: $0.statement, key: $0.key, result: .failure(failure), readAt: now)
            })
    }

    /// A number for one who asks and numbers his statements himself.
    public static func nextSource() -> Int { sources.wrappingAdd(1, ordering: .relaxed).newValue }

    private static let sources = Atomic(0)

    /// Reads a lookup as JSON states it: `{"name":"customer","store":"crm","query":"…","key":"event.customer"}`.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the member and what is expected.
    package static func lookups(_ values: [JSONValue]) throws(ForetailError) -> [LookupSettings] {
        do throws(Problem) {
            var reader = try ObjectReader(JSONValue(members: [("lookups", .array(values))]))
            return try LookupDefinition.read(&reader)
        } catch {
            throw Self.error(error)
        }
    }

    /// Refuses lookups that these stores cannot answer.
    ///
    /// - Throws: ``ForetailError`` naming the store, the query and what is wrong.
    package func verify(_ lookups: [LookupSettings]) async throws(ForetailError) {
        do throws(Problem) { try await check(lookups) } catch { throw Self.error(error) }
    }

    private static func error(_ problem: Problem) -> ForetailError {
        let place = problem.field.map { "\($0): " } ?? ""
        let remedy = problem.remedy.map { "; \($0)" } ?? ""
        return ForetailError(.badSetting, (problem.detail.hasPrefix(place) ? "" : place) + problem.detail + remedy)
    }

    /// Follows the notices of all stores until the task is cancelled.
    public func follow(_ receive: @escaping @Sendable (ReferenceNotice, _ store: String) -> Void) async {
        await withDiscardingTaskGroup { group in
            for store in all { group.addTask { await store.follow { receive($0, store.name) } } }
        }
    }

    /// Closes what the stores hold open; called once.
    public func close() async { for store in all { await store.close() } }

    /// Refuses lookups that name a store that is not there, or ask it what it cannot answer.
    ///
    /// - Throws: ``Problem`` (400) naming the lookup's member; (503) where the store cannot be asked.
    func check(_ lookups: [LookupSettings]) async throws(Problem) {
        for (place, lookup) in lookups.enumerated() where !lookup.isHistory {
            guard let client = clients[lookup.store] else {
                throw Problem(
                    .conflict, "unknown-store", "there is no store '\(lookup.store)'", field: "lookups[\(place)].store",
                    remedy: names.isEmpty
                        ? "name it with --store, or in the configuration under 'stores'; the stream's own past is 'history'"
                        : "stores here: \(names.joined(separator: ", ")), and 'history', the stream's own past")
            }
            do throws(ReferenceFailure) {
                try await client.check(lookup.query)
            } catch {
                guard error.kind == .query else {
                    throw Problem(
                        .serviceUnavailable, "store", error.message, field: "lookups[\(place)].store",
                        remedy: "a lookup is registered when its store can check it; try again")
                }
                throw .invalid("lookups[\(place)].query", error.message)
            }
        }
    }
}
#endif
