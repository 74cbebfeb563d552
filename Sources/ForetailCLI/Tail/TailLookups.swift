import ArgumentParser
import FieldExtraction
import Foretail

#if Server
import ForetailServer
#endif

/// The lookups of `foretail tail`: stores that are open, and who joins.
struct TailLookups {
    #if Server
    private let stores: ReferenceStores
    private let lookups: [LookupSettings]

    /// Opens what the options name; nil where nothing is joined.
    ///
    /// - Throws: `UsageError` for a lookup that cannot be read, or that its store cannot answer.
    init?(_ options: LookupOptions) async throws {
        guard !options.lookup.isEmpty else { return nil }
        let values = try Self.values(of: options)
        do throws(ForetailError) {
            var definitions: [StoreDefinition] = []
            for text in options.store {
                guard let definition = StoreDefinition(text: text) else {
                    throw ForetailError(
                        .badSetting, "--store \(text): expected name=url, such as prices=sqlite:prices.db")
                }
                definitions.append(definition)
            }
            stores = try StoreOpening.open(definitions)
            lookups = try ReferenceStores.lookups(values)
            try await stores.verify(lookups)
        } catch {
            throw UsageError(command: "tail", message: error.message)
        }
    }

    /// Joins the records of a request.
    func joiner(
        of request: TailRequestID, stream: StreamDescriptor, isFromBeginning: Bool
    ) throws(ForetailError) -> PipelineJoiner {
        let stores = stores
        let source = ReferenceStores.nextSource()
        return try PipelineJoiner(
            lookups, of: request, stream: stream, isFromBeginning: isFromBeginning,
            submit: { fetches, receiver in stores.submit(fetches, from: source, to: receiver) },
            clock: {
                let wall = SystemClock().now()
                return LookupMoment(monotonic: SystemClock.monotonic, wall: wall)
            })
    }

    /// Follows the stores' notices until the task is cancelled.
    func follow(_ receive: @escaping @Sendable (ReferenceNotice, String) -> Void) async { await stores.follow(receive) }

    /// Closes the stores.
    func close() async { await stores.close() }

    private static func values(of options: LookupOptions) throws -> [JSONValue] {
        try options.lookup.map { text in
            guard let value = try? JSONValue(parsing: Array(text.utf8)), case .object = value else {
                throw UsageError(command: "tail", message: "--lookup \(text): expected a JSON object")
            }
            return value
        }
    }
    #else
    init?(_ options: LookupOptions) async throws {
        guard !options.lookup.isEmpty else { return nil }
        throw UsageError(
            command: "tail", message: "--lookup: this build knows no stores. The package trait 'Server' adds them")
    }

    func joiner(
        of request: TailRequestID, stream: StreamDescriptor, isFromBeginning: Bool
    ) throws(ForetailError) -> PipelineJoiner {
        throw ForetailError(.badSetting, "this build knows no stores")
    }

    func follow(_ receive: @escaping @Sendable (ReferenceNotice, String) -> Void) async {}
    func close() async {}
    #endif
}
