public import FieldExtraction
public import Foretail
import Synchronization

/// A wall clock that stands still until it is turned by hand.
///
///     let clock = ManualClock(Timestamp(microseconds: 0))
///     clock.advance(microseconds: 1_000_000)
public final class ManualClock: WallClock, Sendable {
    private let time: Mutex<Timestamp>

    /// Creates a clock that shows the given time.
    public init(_ start: Timestamp = Timestamp(microseconds: 0)) {
        time = Mutex(start)
    }

    /// The time it was turned to last.
    public func now() -> Timestamp { time.withLock { $0 } }

    /// Turns it forward, or back.
    public func advance(microseconds: Int64) {
        time.withLock { $0.microseconds += microseconds }
    }

    /// Sets it.
    public func set(_ timestamp: Timestamp) { time.withLock { $0 = timestamp } }
}
