/// The keys after the latest one, for integers that are read in order: as far as the run that leads to it has been long.
///
/// The run may be one of many that are interleaved: what came before it is looked for among the 256 latest keys. Hashed keys have
/// no runs; for them the next key is named at the lowest trust, where the gate sees that it never comes.
///
/// Trust: 0 without a run, then by the logarithm of its length; 5 more where the key before was the last one asked for.
/// Cost: a few nanoseconds. Source: one block look-ahead (Smith, Sequentiality and prefetching in database systems, 1978) and
/// the readahead windows of operating systems.
struct SequentialKeys: Sendable {
    /// Names what may follow, up to `depth` keys ahead.
    func predict(from recent: RecentKeys, depth: Int, into candidates: inout [Candidate]) {
        guard recent.count >= 2 else { return }
        let latest = recent.key(0)
        let run = recent.run
        var trust = run < 2 ? 0 : run < 3 ? 1 : run < 5 ? 2 : run < 9 ? 3 : 4
        if run >= 2, recent.key(1) == latest &- 1 { trust += 5 }
        for distance in 1...max(1, min(depth, run)) {
            candidates.append(
                Candidate(
                    symbol: latest &+ UInt64(distance), source: .sequential, trust: UInt8(trust),
                    distance: Int32(distance)))
        }
    }
}
