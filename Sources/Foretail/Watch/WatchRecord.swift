public import FieldExtraction

/// A change of state of a watch, on a key or on a stream as a whole: one record a change.
///
/// An episode begins as `expected` or `overdue` and ends exactly once, under the same id: `expected` in `came` or `averted`,
/// `overdue` in `resumed` or `ended`.
public struct WatchRecord: Sendable {
    /// What is watched for.
    public enum Kind: UInt8, Sendable {
        /// A match within a time.
        case within
        /// A match that should have come.
        case overdue

        /// The name in records.
        public var name: String { self == .within ? "within" : "overdue" }
    }

    /// What has happened.
    public enum State: UInt8, Sendable {
        /// A match is expected within the window.
        case expected
        /// The match that was expected came.
        case came
        /// It did not: the window went by, or it became unlikely.
        case averted
        /// A match should have come by now.
        case overdue
        /// It came after all.
        case resumed
        /// It is not waited for any more.
        case ended

        /// The name in records.
        public var name: String {
            switch self {
            case .expected: "expected"
            case .came: "came"
            case .averted: "averted"
            case .overdue: "overdue"
            case .resumed: "resumed"
            case .ended: "ended"
            }
        }

        /// Whether an episode begins with it.
        public var isBeginning: Bool { self == .expected || self == .overdue }
    }

    /// Why an episode ended without an event.
    public enum Reason: UInt8, Sendable {
        /// The window went by.
        case window
        /// The probability fell.
        case unlikely
        /// The key was silent for too many of its median gaps.
        case silence
        /// The filter changed, the request was removed, the key's models made room, the server restarted, the input ended.
        case filter, removed, series, restart, end

        init(_ reason: Outcome.Reason) {
            switch reason {
            case .filterChanged: self = .filter
            case .requestRemoved: self = .removed
            case .restart: self = .restart
            case .endOfInput: self = .end
            case .evicted, .seriesEvicted, .ttl: self = .series
            }
        }

        /// The name in records.
        public var name: String {
            switch self {
            case .window: "window"
            case .unlikely: "unlikely"
            case .silence: "silence"
            case .filter: "filter"
            case .removed: "removed"
            case .series: "series"
            case .restart: "restart"
            case .end: "end"
            }
        }
    }

    /// The number of the episode.
    public let id: UInt64
    /// The request.
    public let request: TailRequestID
    /// The key's bytes; empty for a stream without a key, and for a stream as a whole.
    public let key: [UInt8]
    /// Whether it is about a stream of several keys as a whole: nothing came at all.
    public let isWhole: Bool
    /// What is watched for.
    public let kind: Kind
    /// What has happened.
    public let state: State
    /// Why; nil where an event was the reason, and at the beginning.
    public let reason: Reason?
    /// `expected`: of a match within the window. `overdue`: that it would have come by now. At the end, what was said last.
    public let probability: Double
    /// From when to when the match is, or was, expected.
    public let windowStart: Timestamp
    /// The end of the window, included.
    public let windowEnd: Timestamp
    /// When it is over without a match.
    public let deadline: Timestamp
    /// The stream's last event before the record was made; nil before any.
    public let position: Position?
    /// When the state changed.
    public let time: Timestamp
    /// Whether the probability rests on enough past windows.
    public let isCalibrated: Bool
}
