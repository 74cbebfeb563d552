import Foretail

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
