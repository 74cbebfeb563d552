#if Server
import FieldExtraction
import Foretail

/// A reference store as shards and readers use it, whatever kind it is.
protocol StoreAccess: Sendable {
    /// Its name.
    var name: String { get }
    /// What was asked of it, and how it answered.
    var figures: ReferenceFigures { get }
    /// Its share.
    var limits: ReferenceLimits { get }

    /// Asks for rows; every fetch is answered once.
    func submit(_ fetches: [ReferenceFetch], from source: Int, to receiver: @escaping ReferenceReceiver)
    /// Checks that a query can be run.
    func check(_ query: ReferenceQuery) async throws(ReferenceFailure)
    /// Follows its notices until the task is cancelled.
    func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async
    /// Closes what it holds open.
    func close() async
}

extension ReferenceClient: StoreAccess {
    func check(_ query: ReferenceQuery) async throws(ReferenceFailure) { try await store.check(query) }
    func close() async { await store.close() }
}

extension StoreAccess {
    /// The store as it is shown.
    var document: JSONValue {
        let figures = figures
        return JSONValue(members: [
            ("name", .string(name)), ("fetches", .number(figures.fetches)), ("keys", .number(figures.keys)),
            ("failures", .number(figures.failures)), ("timeouts", .number(figures.timeouts)),
            ("refused", .number(figures.refused)), ("waiting", .number(figures.waiting)),
            ("underWay", .number(figures.underWay)), ("opened", .number(figures.opened)),
            ("isOpen", .bool(figures.isOpen)), ("fetchSeconds", .double(figures.meanMicroseconds / 1_000_000)),
            ("lastFailure", figures.lastFailure.map { .string($0) }),
        ])
    }
}
#endif
