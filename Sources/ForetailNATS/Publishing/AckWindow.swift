#if NATS
import CNATS
import FieldExtraction
import Foretail
import Synchronization

/// The messages of one batch that are on their way, and their acknowledgements as they come.
///
/// The sender waits for room, then for the rest. The first failure ends the sending; what is on its way is still awaited, because
/// whoever asks must know what is stored.
final class AckWindow: Sendable {
    private struct State {
        var results: PublishResults
        var pending = 0
        var isFailed = false
        var isInterrupted = false
        var lastProgress: Int64
        /// The sender waits until at most so many are on their way.
        var wanted = -1
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>
    private let patience: Int64

    /// - Parameter patience: Microseconds without an acknowledgement after which the rest is given up.
    init(count: Int, patience: Int64) {
        self.patience = patience
        state = Mutex(State(results: PublishResults(count: count), lastProgress: Monotonic.now()))
    }

    /// The results as they are; to be asked when all is over.
    var results: PublishResults { state.withLock { $0.results } }

    /// Marks messages as on their way; false: one has failed, send no more.
    func begin(_ range: Range<Int>) -> Bool {
        state.withLock { state in
            guard !state.isFailed, !state.isInterrupted else { return false }
            for index in range { state.results.states[index] = .pending }
            if state.pending == 0 { state.lastProgress = Monotonic.now() }
            state.pending += range.count
            return true
        }
    }

    /// Takes back messages that were not sent after all.
    func withdraw(_ range: Range<Int>, _ failure: NATSFailure) {
        finish { state in
            for index in range where state.results.states[index] == .pending {
                state.results.states[index] = .notSent
                state.pending -= 1
            }
            state.isFailed = true
            if state.results.interruption == nil { state.results.interruption = failure }
        }
    }

    /// Takes an acknowledgement.
    func take(_ message: OpaquePointer, at index: Int) {
        let answer = Acknowledgement(message)
        finish { state in
            guard index < state.results.count,
                state.results.states[index] == .pending || state.results.states[index] == .unknown
            else { return }
            if state.results.states[index] == .pending { state.pending -= 1 }
            state.lastProgress = Monotonic.now()
            switch answer {
            case .stored(let sequence, let isDuplicate):
                state.results.sequences[index] = sequence
                state.results.states[index] = isDuplicate ? .duplicate : .stored
            case .refused(let failure):
                state.results.states[index] = .refused
                state.results.refusals[index] = failure
                state.isFailed = true
            }
        }
    }

    /// Gives up what is on its way: it may be stored or not.
    func interrupt(_ failure: NATSFailure) {
        finish { state in
            guard !state.isInterrupted else { return }
            state.isInterrupted = true
            if state.pending > 0 || state.results.interruption == nil { state.results.interruption = failure }
            for index in state.results.states.indices where state.results.states[index] == .pending {
                state.results.states[index] = .unknown
            }
            state.pending = 0
        }
    }

    private func finish(_ change: (inout State) -> Void) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            change(&state)
            guard state.pending <= state.wanted || state.isFailed && state.wanted > 0 else { return nil }
            state.wanted = -1
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits until at most so many messages are on their way; with more than none wanted a failure ends it too.
    func wait(untilAtMost wanted: Int) async {
        let timer = Task { await self.watch() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.pending <= wanted || state.isFailed && wanted > 0 { return true }
                    state.wanted = wanted
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            interrupt(NATSFailure(.cancelled, "publishing: the caller went away"))
        }
        timer.cancel()
    }

    /// Gives up when nothing is acknowledged for too long.
    private func watch() async {
        while !Task.isCancelled {
            let left = state.withLock { $0.lastProgress } + patience - Monotonic.now()
            if left <= 0 {
                let seconds = Double(patience) / 1_000_000
                interrupt(
                    NATSFailure(
                        .timeout, "publishing: the stream acknowledged nothing for \(seconds) s; it may have no leader")
                )
                return
            }
            await Monotonic.sleep(left)
        }
    }
}

/// What a stream answers to a published message.
enum Acknowledgement {
    case stored(sequence: UInt64, isDuplicate: Bool)
    case refused(NATSFailure)

    /// Reads an answer; `{"stream":"S","seq":7}` costs no allocation.
    init(_ message: OpaquePointer) {
        let count = Int(natsMsg_GetDataLength(message))
        guard count > 0, let start = natsMsg_GetData(message) else {
            if natsMsg_IsNoResponders(message) {
                self = .refused(
                    NATSFailure(
                        .noResponders, "publishing: no stream takes this subject, or it has no leader at the moment"))
            } else {
                self = .refused(NATSFailure(.answer, "publishing: the acknowledgement is empty"))
            }
            return
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        guard !Self.contains(bytes, "\"error\""), let place = Self.end(of: "\"seq\":", in: bytes) else {
            self = .refused(Self.failure(Array(bytes)))
            return
        }
        var sequence: UInt64 = 0
        var next = place
        while next < count, bytes[next] == 0x20 { next += 1 }
        while next < count, bytes[next] >= 0x30, bytes[next] <= 0x39 {
            sequence = sequence &* 10 &+ UInt64(bytes[next] - 0x30)
            next += 1
        }
        self = .stored(sequence: sequence, isDuplicate: Self.contains(bytes, "\"duplicate\""))
    }

    private static func failure(_ bytes: [UInt8]) -> NATSFailure {
        guard let value = try? JSONValue(parsing: bytes) else {
            return NATSFailure(.answer, "publishing: the acknowledgement cannot be read")
        }
        return JetStreamError.failure(value, "publishing")
            ?? NATSFailure(.answer, "publishing: the acknowledgement holds no sequence")
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        end(of: text, in: bytes) != nil
    }

    private static func end(of text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = text.utf8CodeUnitCount
        guard bytes.count >= length else { return nil }
        for start in 0...(bytes.count - length) where bytes[start] == text.utf8Start[0] {
            var place = 1
            while place < length, bytes[start + place] == text.utf8Start[place] { place += 1 }
            if place == length { return start + length }
        }
        return nil
    }
}
#endif
