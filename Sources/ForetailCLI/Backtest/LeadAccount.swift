/// The leads of hits, for their median: exact up to a limit, then of every second, every fourth, …
struct LeadAccount: Hashable, Sendable {
    private let limit: Int
    private var leads: [Int64] = []
    private var seen = 0
    private var stride = 1

    /// Creates an empty account.
    init(limit: Int) { self.limit = limit }

    /// Adds the lead of a hit, in microseconds.
    mutating func add(_ microseconds: Int64) {
        defer { seen += 1 }
        guard seen % stride == 0 else { return }
        leads.append(microseconds)
        if leads.count > limit { thin() }
    }

    /// Adds those of another account, thinned as this one is.
    mutating func add(_ other: LeadAccount) {
        seen += other.seen
        while stride < other.stride { thin() }
        let step = stride / other.stride
        leads += Swift.stride(from: 0, to: other.leads.count, by: step).map { other.leads[$0] }
        while leads.count > limit { thin() }
    }

    /// The median, the upper one of two; nil where there is none.
    var median: Int64? { leads.isEmpty ? nil : leads.sorted()[leads.count / 2] }

    private mutating func thin() {
        leads = Swift.stride(from: 0, to: leads.count, by: 2).map { leads[$0] }
        stride *= 2
    }
}
