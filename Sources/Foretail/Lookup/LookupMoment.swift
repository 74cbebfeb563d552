public import FieldExtraction

/// One moment on two clocks: what happens is timed by the one that only goes forward, what is printed by the other.
public struct LookupMoment: Sendable {
    /// Microseconds of the monotonic clock.
    public var monotonic: Int64
    /// The wall clock.
    public var wall: Timestamp

    /// Creates a moment.
    public init(monotonic: Int64, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// What the wall clock showed at an earlier moment of the monotonic clock.
    func wall(at earlier: Int64) -> Timestamp { Timestamp(microseconds: wall.microseconds - (monotonic - earlier)) }
}
