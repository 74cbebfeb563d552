import Foretail

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

/// A renderer that notes the leads of the hits that pass through it.
struct LeadNotingRenderer<Inner: RecordRenderer>: RecordRenderer {
    /// The leads so far.
    private(set) var leads = LeadSample()
    private var inner: Inner

    /// Notes the leads of what `inner` renders.
    init(_ inner: Inner) { self.inner = inner }

    /// Renders as `inner` does.
    mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        if case .forward(let forward) = action, forward.prediction != nil { leads.add(forward.leadMicroseconds) }
        inner.render(action, of: actions, names: names, into: &output)
    }
}
