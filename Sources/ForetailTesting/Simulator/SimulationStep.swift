import Foretail

/// One thing that happens to the manager.
enum SimulationStep: Sendable {
    /// Events of one stream, in log order; in what batches they come is the run's business.
    case events(stream: Int, [SimulatedEvent])
    /// Events of the past of one stream.
    case history(stream: Int, [SimulatedEvent])
    case register(SimulatedRequest)
    /// Changes the filter of the request registered as the given number.
    case update(Int, SimulatedFilter)
    case remove(Int)
    /// The wall clock moves on.
    case wait(microseconds: Int64)
    case tick
    /// Events are missing from a stream.
    case gap(stream: Int)
    /// A stream's input ends, for now.
    case end(stream: Int)
    /// The buffer budget changes.
    case budget(Int)
}
