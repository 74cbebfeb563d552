import FieldExtraction
import Foretail

/// How a simulated stream is described to the manager, and what its judge has to know.
struct SimulatedStream: Sendable {
    /// Where event times stand.
    enum TimeField: Sendable, Hashable {
        /// In the field the descriptor names.
        case named
        /// In a field of a usual name, to be found in the first event that is no text.
        case found
        /// Nowhere: ordinal time.
        case none
    }

    var name: String
    /// The key fields; none: one series.
    var keyFields: [String]
    var timeField: TimeField
    var isLive: Bool
    var usesWallClock: Bool
    var latenessMicroseconds: Int64
    var acceptsText: Bool

    /// The name of the field that holds the time.
    var timeName: String { timeField == .named ? "at" : "ts" }

    /// The descriptor.
    var descriptor: StreamDescriptor {
        var descriptor = StreamDescriptor(name: name)
        descriptor.key = keyFields.map { FieldPath($0) }
        descriptor.time = timeField == .named ? FieldPath("at") : nil
        descriptor.isLive = isLive
        descriptor.clock = usesWallClock ? .wall : .automatic
        descriptor.latenessMicroseconds = latenessMicroseconds
        return descriptor
    }

    /// A random stream.
    static func random(_ number: Int, _ random: inout SeededGenerator) -> SimulatedStream {
        let isLive = random.one(in: 3)
        return SimulatedStream(
            name: "s\(number)", keyFields: random.pick([[], ["k"], ["k"], ["k", "h"]]),
            timeField: random.pick([.named, .named, .named, .found, .none]), isLive: isLive,
            usesWallClock: isLive && random.one(in: 4),
            latenessMicroseconds: random.pick([0, 0, 0, 2_000_000, 30_000_000]), acceptsText: random.one(in: 2))
    }
}
