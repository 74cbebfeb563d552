#if Postgres
import Foretail

/// A fetch under way. Handed over to the pool's thread, which alone touches it from then on.
final class Fetch: @unchecked Sendable {
    typealias Answer = Result<ReferenceRows, ReferenceFailure>
    typealias Continuation = CheckedContinuation<Result<[Answer], ReferenceFailure>, Never>

    let number: UInt64
    let query: ReferenceQuery
    let keys: [String]
    let microseconds: Int64
    let deadline: Int64
    private var answers: [Answer?]
    private var missing: Int
    private var continuation: Continuation?

    init(
        number: UInt64, query: ReferenceQuery, keys: [String], microseconds: Int64, continuation: Continuation
    ) {
        self.number = number
        self.query = query
        self.keys = keys
        self.microseconds = microseconds
        deadline = Monotonic.deadline(after: microseconds)
        answers = Array(repeating: nil, count: keys.count)
        missing = keys.count
        self.continuation = continuation
    }

    /// Whether the caller has its answer; what arrives later is for nobody.
    var isOver: Bool { continuation == nil }

    /// Answers a key; the last one ends the fetch.
    func answer(_ index: Int, _ answer: Answer) {
        guard !isOver, answers[index] == nil else { return }
        answers[index] = answer
        missing -= 1
        if missing == 0 { end() }
    }

    /// Ends the fetch: keys without an answer fail.
    func end(_ failure: ReferenceFailure) {
        for index in answers.indices where answers[index] == nil { answers[index] = .failure(failure) }
        missing = 0
        end()
    }

    private func end() {
        guard let continuation else { return }
        self.continuation = nil
        var firstFailure: ReferenceFailure?
        for answer in answers {
            guard case .failure(let failure)? = answer else {
                continuation.resume(returning: .success(answers.map { $0! }))
                return
            }
            firstFailure = firstFailure ?? failure
        }
        continuation.resume(returning: firstFailure.map { .failure($0) } ?? .success([]))
    }
}
#endif
