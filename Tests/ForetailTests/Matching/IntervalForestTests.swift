import FilterLanguage
import Testing

@testable import Foretail

@Suite("IntervalForest") struct IntervalForestTests {
    private typealias Interval = (low: Double, high: Double, record: UInt32)

    @Test("finds exactly the intervals that hold a number, while they come and go", arguments: 1...5)
    func random(seed: Int) {
        var random = RandomFilters(seed: UInt64(seed))
        let ends: [Double] = [
            -.infinity, -1e300, -7, -0.5, -0.0, 0, .leastNonzeroMagnitude, 0.1, 1, 2, 3, 3.5, 100, 1e9,
            .greatestFiniteMagnitude,
            .infinity,
        ]
        var (forest, slab, root) = (IntervalForest(), SlabMemory(), IntervalForest.none)
        var hits = Pile<Posting>()
        defer {
            forest.deallocate()
            slab.deallocate()
            hits.deallocate()
        }
        var live: [Int: Interval] = [:]
        for round in 0..<3_000 {
            if live.count < 30 || random.below(2) == 0 {
                var (low, high) = (ends[random.below(ends.count)], ends[random.below(ends.count)])
                if random.below(2) == 0 { (low, high) = (Double(random.below(50)), Double(random.below(50)) + 0.5) }
                if low > high { (low, high) = (high, low) }
                let posting = Posting(
                    entry: 0, group: UInt32(round), test: .nothing,
                    residual: Residual(block: nil, isWhole: false, isShared: false))
                let record = forest.insert(low: low, high: high, posting: posting, probe: 0, root: &root, &slab)
                live[round] = (low, high, record)
                #expect(forest.ends(of: record, slab) == (low, high))
            } else {
                let gone = live.keys.sorted()[random.below(live.count)]
                forest.remove(live[gone]!.record, root: &root, &slab)
                live[gone] = nil
            }
            let number = random.below(2) == 0 ? ends[random.below(ends.count)] : Double(random.below(100)) / 2
            hits.removeAll()
            forest.stab(root, number, slab, into: &hits)
            let found = (0..<hits.count).map { Int(hits[$0].group) }.sorted()
            #expect(found == live.filter { $0.value.low <= number && number <= $0.value.high }.keys.sorted())
        }
        for interval in live.values { forest.remove(interval.record, root: &root, &slab) }
        #expect(root == IntervalForest.none)
    }
}
