#if NATS
import Foretail

/// A reader of a stream that goes on whatever happens: a leader that dies, a connection that breaks, a consumer that is deleted.
///
///     var reader = MessageReader(jetStream, ReaderSettings(stream: "EVENTS", subject: "events.metrics.3", start: .sequence(1_000)))
///     var batch = MessageBatch()
///     while true {
///         try await reader.read(into: &batch, waitingAtMost: 1_000_000)
///         for message in batch.messages { use(batch.bytes[message.payload]) }
///     }
///
/// It pulls from an ephemeral consumer without acknowledgements. The consumer numbers what it sends; whenever a number is missing, or
/// nothing is heard for too long, a new consumer begins behind the last message taken. So each message comes once, in the stream's
/// order. What the stream forgot in the meantime is a ``MessageBatch/Gap``. Not to be read by two tasks at a time.
///
/// The consumer is one at the stream's leader. Servers of version 2.9 place it anywhere, and one that comes back with an empty store,
/// or with messages that the others do not have, serves what it has as if that were all.
public struct MessageReader: Sendable {
    /// The settings.
    public let settings: ReaderSettings
    private let jetStream: JetStream
    private var session: ReaderSession?
    private var start: ReaderSettings.Start
    /// The sequence that comes next at the earliest; 0: not known yet.
    private var next: UInt64 = 0
    private var created: String?
    private var largest = 0
    private var checked: (sequence: UInt64, time: Int64) = (0, 0)
    private var pauses = 0
    private var endedBefore: Int64?
    /// A gap found when a consumer was made, told before what comes from it.
    private var gap: MessageBatch.Gap?

    /// Creates a reader; nothing is asked before the first read.
    public init(_ jetStream: JetStream, _ settings: ReaderSettings) {
        self.jetStream = jetStream
        self.settings = settings
        start = settings.start
        created = settings.created
        if case .sequence(let sequence) = settings.start { next = max(1, sequence) }
    }

    /// The sequence that is read next at the earliest; nil before the place is known.
    public var position: UInt64? { next > 0 ? next : nil }

    /// How often a consumer had to be made anew.
    public private(set) var restarts = 0

    /// How many messages the stream held behind the last one read, when that was sent; nil: not known yet.
    public private(set) var pending: UInt64?

    /// The server that the consumer is at; nil: there is no consumer at the moment, or no cluster.
    public var server: String? { session?.server }

    /// Why the reader has no consumer at the moment; nil: it has one.
    public private(set) var trouble: NATSFailure?

    /// Reads what came.
    ///
    /// - Parameters:
    ///   - batch: Is emptied, and gets messages and gaps; none where nothing came in time.
    ///   - microseconds: How long to wait for the first; nil: as long as it takes.
    /// - Throws: ``NATSFailure`` that waiting does not mend: `notFound`, `configuration`, `replaced`, `lost`, `authentication`,
    ///   `closed`, `cancelled`. What was read before stays right; reading again tries again.
    public mutating func read(
        into batch: inout MessageBatch, waitingAtMost microseconds: Int64? = nil
    ) async throws(NATSFailure) {
        batch.removeAll()
        let deadline = Monotonic.deadline(after: microseconds)
        while true {
            guard !Task.isCancelled else { throw NATSFailure(.cancelled, "\(what): the caller went away") }
            if session == nil {
                do throws(NATSFailure) {
                    try await open(until: deadline)
                    trouble = nil
                } catch {
                    trouble = error
                    guard error.isTransient else { throw error }
                    guard Monotonic.now() < deadline else { return }
                    pauses = min(pauses + 1, 6)
                    await Monotonic.sleep(min(50_000 << Int64(pauses), max(0, deadline - Monotonic.now())))
                    if Monotonic.now() >= deadline { return }
                    continue
                }
            }
            guard let session else { continue }
            if let gap {
                self.gap = nil
                batch.gaps.append(gap)
                return
            }
            let taken = session.queue.exchange(&batch)
            if !batch.isEmpty {
                let before = next
                note(batch)
                try await checkForGap(in: &batch, behind: before)
                return
            }
            if let end = taken.end {
                self.session = nil
                restarts += 1
                switch end {
                case .broken(let failure): trouble = failure
                case .refused(let failure): throw failure
                }
                continue
            }
            let now = Monotonic.now()
            let silence = taken.lastHeard + 3 * settings.heartbeatMicroseconds
            if taken.outstanding > 0, now > silence {
                session.queue.breakOff(
                    NATSFailure(.timeout, "\(what): the consumer gives no sign of life; making another"))
                continue
            }
            let window = window
            if taken.outstanding <= window / 2 {
                do throws(NATSFailure) {
                    try await session.pull(window - taken.outstanding, jetStream, settings)
                } catch {
                    session.queue.breakOff(error)
                    continue
                }
            }
            guard now < deadline else { return }
            await session.queue.wait(min(deadline - now, settings.heartbeatMicroseconds))
        }
    }

    /// Makes the consumer now rather than with the first read, so that ``pending`` is known.
    public mutating func prepare(within microseconds: Int64? = nil) async throws(NATSFailure) {
        let deadline = Monotonic.deadline(after: microseconds ?? jetStream.connection.settings.answerMicroseconds)
        while session == nil {
            do throws(NATSFailure) {
                try await open(until: deadline)
            } catch {
                guard error.isTransient, Monotonic.now() < deadline, !Task.isCancelled else { throw error }
                pauses = min(pauses + 1, 6)
                await Monotonic.sleep(100_000)
            }
        }
    }

    /// Gives the consumer back; reading again makes a new one.
    public mutating func close() async {
        guard let session else { return }
        self.session = nil
        await session.remove(jetStream, settings)
    }

    private var what: String {
        "stream '\(settings.stream)'" + (settings.subject.map { ", subject '\($0)'" } ?? "")
    }

    /// Messages asked for at a time. How large they are is not known before the first have come.
    private var window: Int {
        max(16, min(settings.window, largest == 0 ? Self.firstWindow : settings.windowBytes / largest))
    }

    private static let firstWindow = 64

    private mutating func note(_ batch: MessageBatch) {
        if let last = batch.messages.last {
            pending = last.pending
            next = last.sequence &+ 1
            largest = max(largest - largest / 8, batch.bytes.count / batch.messages.count)
        }
        if largest == 0 { largest = 1 }
        pauses = 0
    }

    // MARK: Making a consumer

    /// Makes a consumer where the reader stands; notes a gap where the stream begins later.
    private mutating func open(until deadline: Int64) async throws(NATSFailure) {
        let patience = min(jetStream.connection.settings.answerMicroseconds, max(100_000, deadline - Monotonic.now()))
        try await jetStream.connection.waitUntilConnected(until: Monotonic.deadline(after: patience))
        let info = try await jetStream.streamInfo(settings.stream, within: patience)
        if let created, created != info.created {
            throw NATSFailure(
                .replaced,
                "\(what): the stream was made anew (created \(info.created), before \(created)); its positions begin again"
            )
        }
        created = info.created
        switch start {
        case .new where next == 0:
            next = info.lastSequence + 1
            start = .sequence(next)
        case .all where next == 0, .sequence where next == 0: next = max(1, info.firstSequence)
        default: break
        }
        if next > 0 {
            try checkEnd(info)
            // A stream that was emptied says that its first sequence is the one to come.
            if next < info.firstSequence {
                gap = MessageBatch.Gap(
                    from: gap?.from ?? next, through: info.firstSequence - 1, before: 0,
                    isExact: settings.subject == nil)
                next = info.firstSequence
            }
            start = .sequence(next)
        }
        checked = (next, Monotonic.now())
        // Servers of version 2.9 place consumers on any server of the stream's, also on one that has just died: then nobody answers.
        // Another is made soon, and after some of them later and later, as it may be load that takes time. One that is
        // made after all and that nobody reads goes by itself.
        let answer = min(jetStream.connection.settings.answerMicroseconds, 300_000 << Int64(max(0, pauses - 2)))
        for _ in 0..<Self.placements {
            let session = try await ReaderSession.open(jetStream, settings, start: start, next: next, within: answer)
            guard session.server == info.leader || session.server == nil || info.leader == nil else {
                session.removeSoon(jetStream, settings)
                continue
            }
            pending = session.pending
            self.session = session
            return
        }
        throw NATSFailure(
            .unavailable,
            "\(what): no consumer was placed where the stream's leader is (\(info.leader ?? "none")) in \(Self.placements) attempts"
        )
    }

    /// How many consumers are made in a row to get one at the stream's leader; of three servers one in 2,000 times none is.
    private static let placements = 19

    /// A stream that ends before what was read of it has lost data, unless its leader is still catching up.
    private mutating func checkEnd(_ info: StreamInfo) throws(NATSFailure) {
        guard next > info.lastSequence + 1 else {
            endedBefore = nil
            return
        }
        let since = endedBefore ?? Monotonic.now()
        endedBefore = since
        let message =
            "\(what): it ends at sequence \(info.lastSequence), and \(next - 1) was seen already: the stream lost data; "
            + "begin a new epoch of it"
        throw NATSFailure(Monotonic.now() - since > 10_000_000 ? .lost : .unavailable, message)
    }

    /// Looks whether the stream forgets faster than this reader of some of its subjects reads, once a second at most: what was read
    /// before the batch was there to be read, whatever the stream has forgotten since.
    private mutating func checkForGap(
        in batch: inout MessageBatch, behind read: UInt64
    ) async throws(NATSFailure) {
        guard settings.subject != nil, start != .lastPerSubject, let last = batch.messages.last, last.pending > 0
        else { return }
        let now = Monotonic.now()
        guard now - checked.time > 1_000_000 else { return }
        let from = max(checked.sequence, read)
        checked = (next, now)
        guard let info = try? await jetStream.streamInfo(settings.stream), info.created == created,
            from > 0, info.firstSequence > from, let first = batch.messages.first
        else { return }
        let end = min(info.firstSequence, first.sequence)
        guard end > from else { return }
        batch.gaps.append(MessageBatch.Gap(from: from, through: end - 1, before: 0, isExact: false))
    }
}
#endif
