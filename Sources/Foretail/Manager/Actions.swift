public import FieldExtraction
public import Forecasting

/// What the manager wants done, in order: records to forward and to announce, outcomes, work for the background.
///
/// One container is reused from batch to batch. The events it forwards are copied into `bytes` once each, whatever the number
/// of requests they go to, so that actions outlive the batch they came from.
public struct Actions: Sendable {
    /// An event on its way out.
    public struct MatchedEvent: Sendable {
        /// Its stream.
        public var stream: String
        /// Its position.
        public var position: Position
        /// Its event time.
        public var time: Timestamp
        /// Its key, in `bytes`; nil for a stream without a key.
        public var key: Range<Int>?
        /// Its JSON text, in `bytes`.
        public var body: Range<Int>
        /// The producer's own bytes, in `bytes`.
        public var raw: Range<Int>
        /// The bits of the event under the models as they stood before it; nil where nobody learns its key.
        public var surprise: Double?
    }

    /// One thing to do. Records name their destination, so that nothing has to be looked up on their way.
    public enum Action: Sendable {
        /// Deliver a matched event.
        case forward(Forward)
        /// Deliver a prediction, unless it has expired meanwhile.
        case announce(Prediction, to: DestinationID)
        /// Deliver an outcome.
        case outcome(Outcome, to: DestinationID)
        /// Tell a request's destination that events are missing.
        case gap(Gap, request: TailRequestID, to: DestinationID)
        /// Deliver a change of state of a watch.
        case watch(WatchRecord, to: DestinationID)
        /// Run a job off the path and give its result back as ``Input/trained(id:_:)``.
        case train(Training)
        /// Fetch ahead what a matching event may need that is expected, and not announced.
        case expect(Prediction)
        /// Note an event of a stream that is followed, whoever gets it: an index into ``Actions/events``.
        case follow(Int)

        /// Where the record goes; nil for actions that are no record.
        public var destination: DestinationID? {
            switch self {
            case .forward(let forward): forward.destination
            case .announce(_, let destination), .outcome(_, let destination),
                .gap(_, _, let destination), .watch(_, let destination):
                destination
            case .train, .expect, .follow: nil
            }
        }
    }

    /// A matched event on its way to one request's destination.
    public struct Forward: Sendable {
        /// The request it matched.
        public var request: TailRequestID
        /// Where it goes.
        public var destination: DestinationID
        /// The event, an index into ``Actions/events``.
        public var event: Int
        /// The prediction that had announced it, when it was a non-trivial hit.
        public var prediction: PredictionID?
        /// The event's time minus the time that prediction was made, in microseconds; 0 without one.
        public var leadMicroseconds: Int64
    }

    /// A training job and the number its result must carry.
    public struct Training: Sendable {
        /// The number.
        public var id: Int
        /// The job, a pure function of the past.
        public var job: ModelJob
    }

    /// Events that cannot be delivered.
    public struct Gap: Sendable {
        /// The first position missing.
        public var from: Position
        /// The last position missing.
        public var to: Position
        /// How many events are missing.
        public var count: Int
        /// Why: `retention`, `crash`, `truncated`, `expected`.
        public var reason: String

        /// Creates a gap.
        public init(from: Position, to: Position, count: Int, reason: String) {
            self.from = from
            self.to = to
            self.count = count
            self.reason = reason
        }
    }

    /// What to do, in order.
    public internal(set) var items: [Action] = []
    /// How many of `items` are training jobs.
    public internal(set) var trainingCount = 0
    /// The events that `items` forwards.
    public internal(set) var events: [MatchedEvent] = []
    /// The events' bytes.
    public internal(set) var bytes: [UInt8] = []

    /// Creates an empty container.
    public init() {}

    /// Forgets everything and keeps the memory.
    public mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        trainingCount = 0
        events.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }
}
