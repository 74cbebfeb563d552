import DequeModule
import FieldExtraction
import Foretail

/// What lookups of a key would have cost over a file: the stage of lookups on the clock of the events, before a store that answers every
/// fetch after the same time.
struct LookupRehearsal {
    /// What is rehearsed.
    struct Settings: Sendable {
        /// The key of an event, a CEL expression.
        var key: String
        /// How long the store takes for a fetch, in microseconds.
        var latencyMicroseconds: Int64 = 5_000
        /// How old rows may be.
        var stalenessMicroseconds: Int64 = 60_000_000
        /// How long an event waits at most.
        var waitMicroseconds: Int64 = 250_000
        /// Bytes of rows that may be staged.
        var bytes = 64 << 20
    }

    private let request: TailRequestID
    private let latency: Int64
    private var stage: LookupStage<Int>
    /// What the store was asked, and when it answers; in that order, since all take the same time.
    private var answers: Deque<(time: Int64, answer: ReferenceAnswer)> = []
    private var now = Int64.min

    /// Creates a rehearsal of a request's events.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) for a key that does not compile.
    init(_ settings: Settings, of request: TailRequestID, stream: StreamDescriptor) throws(ForetailError) {
        self.request = request
        latency = settings.latencyMicroseconds
        var limits = LookupLimits()
        limits.stagedBytes = settings.bytes
        stage = LookupStage(limits: limits)
        var lookup = LookupSettings("rows", store: "rehearsal", query: "", key: settings.key)
        lookup.maxStalenessMicroseconds = settings.stalenessMicroseconds
        lookup.maxWaitMicroseconds = settings.waitMicroseconds
        try stage.register(request, of: stream, lookups: [lookup], now: Self.moment(0))
    }

    /// What became of the lookups so far.
    var statistics: LookupStatistics { stage.statistics(of: request).first?.statistics ?? LookupStatistics() }

    /// Lets a matched event come.
    mutating func admit(_ forward: Actions.Forward, of actions: borrowing Actions) {
        advance(to: actions.events[forward.event].time.microseconds)
        stage.admit(forward, of: actions, record: Array("{}\n".utf8), tag: 0, now: Self.moment(now))
        ask()
    }

    /// Lets an event be expected.
    mutating func expect(_ prediction: Prediction, names: StreamNames) {
        advance(to: prediction.made.microseconds)
        stage.expect(prediction, names: names, now: Self.moment(now))
        ask()
    }

    /// Lets everything end that is under way.
    mutating func finish() {
        while let next = nextTime, !answers.isEmpty || stage.waitingCount > 0 { advance(to: next) }
    }

    private var nextTime: Int64? {
        switch (answers.first?.time, stage.nextDeadline) {
        case (let answer?, let deadline?): min(answer, deadline)
        case (let answer, let deadline): answer ?? deadline
        }
    }

    /// Lets the store answer and waiting times end up to a moment. Time does not go back.
    private mutating func advance(to time: Int64) {
        while let next = nextTime, next <= time {
            now = max(now, next)
            while let first = answers.first, first.time <= now {
                answers.removeFirst()
                stage.receive([first.answer], now: Self.moment(now))
            }
            stage.advance(to: Self.moment(now))
            ask()
        }
        now = max(now, time)
        // What was fetched ahead in time counts even where nothing else happens.
        stage.advance(to: Self.moment(now))
        ask()
    }

    private mutating func ask() {
        for fetch in stage.takeFetches() {
            let rows = ReferenceRows(json: Array("[{}]".utf8), count: 1)
            answers.append(
                (
                    now + latency,
                    ReferenceAnswer(statement: fetch.statement, key: fetch.key, result: .success(rows), readAt: now)
                ))
        }
        _ = stage.takeReleased()
    }

    private static func moment(_ time: Int64) -> LookupMoment {
        LookupMoment(monotonic: time, wall: Timestamp(microseconds: time))
    }
}
