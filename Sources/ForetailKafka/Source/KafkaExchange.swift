#if Kafka
import DequeModule
import Foretail

/// What the consumer's thread and its reader share.
struct KafkaExchange {
    /// A partition that the source owns.
    struct Owned {
        /// Which ownership it is: a partition that comes back is another one.
        var generation: UInt64
        /// The offset behind the last message that was given to the reader; -1: none was.
        var given: Int64
        /// The offset behind the last message that was acknowledged; -1: none was.
        var acknowledged: Int64
        /// The offset that was committed last, or is being committed; -1: none was.
        var committed: Int64

        /// What was committed when it came.
        private var atStart: Int64

        /// Takes a partition over at an offset; -1: where that is is not known yet.
        init(generation: UInt64, start: Int64) {
            self.generation = generation
            given = start
            acknowledged = start
            committed = start
            atStart = start
        }

        /// Whether it came further than it was committed when it came.
        var needsCommit: Bool { acknowledged > atStart }

        /// Notes that nothing is committed.
        mutating func forgetCommit() {
            committed = -1
            atStart = -1
        }

        /// Whether the reader has events of it that he did not acknowledge.
        var isInFlight: Bool { given != acknowledged }
    }

    /// Changes that are kept; the oldest go first.
    static let mostChanges = 256

    /// Ready for the reader, oldest first.
    var blocks: Deque<KafkaBlock> = []
    /// The bytes of `blocks`.
    var bytes = 0
    /// The partitions that the source owns.
    var owned: [Int32: Owned] = [:]
    /// Changes that were not taken yet.
    var changes: [KafkaChange] = []
    /// Whether the reader was shown that there are changes.
    var areChangesTold = true
    /// Whether a revocation waits for a release.
    var awaitsRelease = false
    /// Why reading cannot go on.
    var failure: ForetailError?
    /// Whether the owner wants no more.
    var isClosing = false
    /// Whether the thread leaves the group, or has left it.
    var isClosed = false
    /// Whether the thread has ended.
    private var hasEnded = false
    var status = KafkaSourceStatus()
    private var waiter: (number: UInt64, continuation: CheckedContinuation<Void, Never>)?
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var lastWaiter: UInt64 = 0

    /// What the reader is to do.
    enum Turn {
        /// Give these.
        case block(KafkaBlock)
        /// Let the owner see to changes.
        case changes
        case failure(ForetailError)
        case closed
        /// Wait for something.
        case nothing
    }

    /// Takes what is next for the reader.
    mutating func next() -> Turn {
        if !areChangesTold {
            areChangesTold = true
            return .changes
        }
        if let block = blocks.popFirst() {
            bytes -= block.byteCount
            for end in block.ends where owned[end.partition]?.generation == end.generation {
                owned[end.partition]!.given = end.next
            }
            return .block(block)
        }
        if let failure { return .failure(failure) }
        return isClosing || isClosed ? .closed : .nothing
    }

    /// Takes the reader's word that all he was given is durable.
    mutating func acknowledge() {
        for partition in owned.keys { owned[partition]!.acknowledged = owned[partition]!.given }
    }

    mutating func note(_ change: KafkaChange) {
        // Who keeps no state never takes them.
        if changes.count == Self.mostChanges { changes.removeFirst() }
        changes.append(change)
        areChangesTold = false
    }

    /// Whether the reader has something to look at.
    private var hasNews: Bool { !blocks.isEmpty || !areChangesTold || failure != nil || isClosing || isClosed }

    /// Lets the reader wait; the continuation is handed back where there is no need.
    mutating func wait(_ continuation: CheckedContinuation<Void, Never>, number: UInt64)
        -> CheckedContinuation<Void, Never>?
    {
        guard !hasNews else { return continuation }
        waiter = (number, continuation)
        return nil
    }

    /// A number for a reader that is about to wait.
    mutating func newWaiter() -> UInt64 {
        lastWaiter += 1
        return lastWaiter
    }

    /// The reader's continuation, where there is news for him.
    mutating func takeWaiterWithNews() -> CheckedContinuation<Void, Never>? { hasNews ? takeWaiter() : nil }

    /// The reader's continuation, if it is still the one with this number.
    mutating func takeWaiter(_ number: UInt64? = nil) -> CheckedContinuation<Void, Never>? {
        guard let waiter, number == nil || waiter.number == number else { return nil }
        self.waiter = nil
        return waiter.continuation
    }

    /// Keeps who waits for the end; handed back where that has come.
    mutating func close(_ continuation: CheckedContinuation<Void, Never>) -> CheckedContinuation<Void, Never>? {
        isClosing = true
        if hasEnded { return continuation }
        closers.append(continuation)
        return nil
    }

    /// Notes the end; who waited for it.
    mutating func end() -> [CheckedContinuation<Void, Never>] {
        hasEnded = true
        blocks = []
        bytes = 0
        owned = [:]
        defer { closers = [] }
        return closers
    }
}
#endif
