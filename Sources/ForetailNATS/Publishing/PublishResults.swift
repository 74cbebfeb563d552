/// What became of each message of a published batch.
public struct PublishResults: Sendable {
    /// What became of one message.
    public enum Result: Hashable, Sendable {
        /// The stream has it, at this sequence; a duplicate was there before.
        case stored(sequence: UInt64, isDuplicate: Bool)
        /// The stream refused it: it is not stored.
        case refused(NATSFailure)
        /// It was sent and no answer came: it may be stored. Publishing it again under the same id makes sure.
        case unknown(NATSFailure)
        /// It was not sent, because one before it failed.
        case notSent
    }

    enum State: UInt8 {
        case notSent, pending, stored, duplicate, refused, unknown
    }

    var states: [State]
    /// The sequences of what is stored; 0 of what is not.
    public internal(set) var sequences: [UInt64]
    var refusals: [Int: NATSFailure] = [:]
    var interruption: NATSFailure?

    init(count: Int) {
        states = Array(repeating: .notSent, count: count)
        sequences = Array(repeating: 0, count: count)
    }

    /// The number of messages.
    public var count: Int { states.count }

    /// What became of a message.
    public subscript(index: Int) -> Result {
        switch states[index] {
        case .stored: .stored(sequence: sequences[index], isDuplicate: false)
        case .duplicate: .stored(sequence: sequences[index], isDuplicate: true)
        case .refused: .refused(refusals[index] ?? NATSFailure(.refused, "the stream refused the message"))
        case .pending, .unknown:
            .unknown(interruption ?? NATSFailure(.timeout, "the stream did not acknowledge the message in time"))
        case .notSent: .notSent
        }
    }

    /// Whether all messages are stored.
    public var isComplete: Bool { storedPrefix == count }

    /// How many messages from the first on are stored without a hole.
    public var storedPrefix: Int { states.firstIndex { $0 != .stored && $0 != .duplicate } ?? states.count }

    /// Whether a message is known to be stored behind one that is not: publishing the rest will change their order.
    public var hasHole: Bool { states[storedPrefix...].contains { $0 == .stored || $0 == .duplicate } }

    /// How many of the stored messages were there before.
    public var duplicates: Int { states.count { $0 == .duplicate } }

    /// The first failure in the order of the messages; nil: all are stored.
    public var failure: NATSFailure? {
        for index in states.indices {
            switch self[index] {
            case .stored, .notSent: continue
            case .refused(let failure), .unknown(let failure): return failure
            }
        }
        return interruption
    }
}
