#if Server
import FieldExtraction
import Foretail
import HTTPTypes

/// Who calls, and what he may.
struct Access: Sendable {
    /// His token; nil: nobody has to say who he is.
    let use: TokenUse?
    /// The one thing that he may read, where he came with a ticket.
    var ticket: Ticket?

    /// Nobody has to say who he is.
    static let open = Access(use: nil)

    /// Who he belongs to.
    var tenant: Tenant? { use?.tenant }

    /// Whose what he makes is: what those make who may everything is nobody's.
    var owner: Tenant? { isWhole ? nil : tenant }

    /// Whether he may everything.
    var isWhole: Bool { ticket == nil && use?.definition.isWhole ?? true }

    /// Whether he may do something with the streams he sees.
    func allows(_ scope: AccessScope) -> Bool {
        if ticket != nil, scope != .read { return false }
        return use?.definition.allows(scope) ?? true
    }

    /// Whether he sees a stream of this name.
    func covers(_ stream: String) -> Bool { use?.definition.covers(stream) ?? true }

    /// Whether he may still read what he began to read.
    func isInForce(_ now: Timestamp) -> Bool { use?.isInForce(now) ?? true }

    /// Refuses a filter that is larger than he may have.
    func check(_ filter: FilterText?) throws(Problem) {
        if let filter { try use?.check(filterBytes: filter.source.utf8.count) }
    }

    /// Does something on the threads of his tenant.
    func run<Value>(_ work: () async throws -> Value) async throws -> Value {
        guard let tenant else { return try await work() }
        return try await tenant.threads.calls.run(work)
    }
}
#endif
