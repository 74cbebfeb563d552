import FieldExtraction
import Foretail

/// An event as the judge sees it: what the simulator wrote, and when and to which key it counts.
struct JudgedEvent {
    var source: SimulatedEvent
    var time: Timestamp
    /// Whether the event may move clocks.
    var movesClock: Bool
    var key: String
}
