import Foretail

/// Where the positions of a tail come from: the order of reading, or the source's own log.
struct TailLog: EventLog {
    private var passing: PassingLog?

    init(keepsPositions: Bool) {
        if !keepsPositions { passing = PassingLog() }
    }

    mutating func submit(_ batch: inout EventBatch) async throws(ForetailError) { try await passing?.submit(&batch) }

    mutating func settle() async throws(ForetailError) {}

    mutating func read(
        after position: Position?, limit: Int, into batch: inout EventBatch
    ) async throws(ForetailError) -> Bool {
        throw ForetailError(.log, "a tail stores nothing; read its source again")
    }

    mutating func trim(through position: Position) async throws(ForetailError) {}
}
