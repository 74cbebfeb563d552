/// The leads of the hits of a run, thinned evenly when there are many, for their median.
struct LeadSample: Hashable, Sendable {
    private var leads: [Int64] = []
    private var seen = 0
    private var stride = 1
    private static let limit = 4_096

    /// Creates an empty sample.
    init() {}

    /// Adds the lead of a hit, in microseconds.
    mutating func add(_ microseconds: Int64) {
        defer { seen += 1 }
        guard seen % stride == 0 else { return }
        if leads.count == Self.limit {
            leads = Swift.stride(from: 0, to: leads.count, by: 2).map { leads[$0] }
            stride *= 2
            guard seen % stride == 0 else { return }
        }
        leads.append(microseconds)
    }

    /// The median; nil where there is none.
    var median: Int64? { leads.isEmpty ? nil : leads.sorted()[(leads.count - 1) / 2] }
}
