/// All predictors of keys, as one: a key is learned by all, then each names what it expects.
///
/// Deterministic, and bounded by the bytes it is given. Cost: 1 to 3 µs an access.
struct KeyPredictors: Sendable {
    private var recent = RecentKeys()
    private var chain: SuccessorChain
    private var deltas: DeltaChain
    private let sequential = SequentialKeys()
    private let strides = InterleavedStrides()
    private var associations: WindowAssociations
    private var replay: Replay
    private var latest: UInt64 = 0

    /// Creates predictors that hold at most `bytes` together.
    init(bytes: Int) {
        chain = SuccessorChain(bytes: bytes / 16 * 7)
        associations = WindowAssociations(bytes: bytes / 16 * 4)
        replay = Replay(bytes: bytes / 16 * 4)
        deltas = DeltaChain(bytes: bytes / 16)
    }

    /// The memory held, in bytes.
    var bytes: Int { chain.bytes + deltas.bytes + associations.bytes + replay.bytes }

    /// Takes in a key that was asked for.
    mutating func learn(_ symbol: UInt64, lead: Int) {
        recent.learn(symbol)
        chain.learn(symbol)
        deltas.learn(symbol)
        associations.learn(symbol, lead: lead)
        replay.learn(symbol)
        latest = symbol
    }

    /// Names the keys that may be asked for next, up to `depth` ahead; a key may be named several times.
    func predict(depth: Int, runDepth: Int, into candidates: inout [Candidate]) {
        candidates.removeAll(keepingCapacity: true)
        replay.predict(depth: depth, into: &candidates)
        chain.predict(depth: depth, into: &candidates)
        sequential.predict(from: recent, depth: runDepth, into: &candidates)
        deltas.predict(depth: runDepth, into: &candidates)
        strides.predict(from: recent, depth: runDepth, into: &candidates)
        associations.predict(after: latest, into: &candidates)
    }
}
