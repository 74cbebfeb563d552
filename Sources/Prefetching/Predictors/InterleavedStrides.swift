/// Arithmetic progressions among other keys: where the latest key and one of the 16 before it are two terms, and the terms before
/// them came too, the next terms are named.
///
/// Trust: how many terms were found, and whether the step is small. Cost: up to 16 looks, some 80 ns. Steps of one
/// are left to ``SequentialKeys``. Source: Baer and Chen's reference prediction tables (1991), without the instruction that they go by.
struct InterleavedStrides: Sendable {
    /// Keys looked back to for the term before.
    private static let reach = 16
    private static let smallStep: UInt64 = 1 << 12

    /// Names what may follow, up to `depth` terms ahead.
    func predict(from recent: RecentKeys, depth: Int, into candidates: inout [Candidate]) {
        let latest = recent.key(0)
        guard recent.count > 3 else { return }
        for age in 1...min(Self.reach, recent.count - 1) {
            let step = latest &- recent.key(age)
            if step == 0 { return }
            guard step != 1, let second = recent.age(of: latest &- 2 &* step), second > age else { continue }
            var terms = 3
            var last = second
            while terms < 6, let more = recent.age(of: latest &- UInt64(terms) &* step), more > last {
                last = more
                terms += 1
            }
            let isSmall = min(step, 0 &- step) <= Self.smallStep
            let trust = UInt8(terms - 3 + (isSmall ? 4 : 0))
            for distance in 1...max(1, min(depth, terms)) {
                candidates.append(
                    Candidate(
                        symbol: latest &+ UInt64(distance) &* step, source: .stride, trust: trust,
                        distance: Int32(distance)))
            }
            return
        }
    }
}
