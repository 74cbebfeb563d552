import Testing

@testable import Prefetching

@Suite("FollowerTable") struct FollowerTableTests {
    @Test("the most frequent follower is the best, and a rare one makes room for a new one")
    func best() {
        var table = FollowerTable(width: 2, bytes: 1 << 16)
        let row = table.admit(7)
        for symbol: UInt64 in [1, 2, 2, 3, 3, 2] {
            table.visit(row)
            table.follow(row, by: symbol)
        }
        #expect(table.total(at: row) == 6)
        #expect(table.best(at: row) == (symbol: 2, count: 3))
        #expect(table.follower(0, at: row) == (symbol: 3, count: 2))
    }

    @Test("counts are halved, and what came once is forgotten then")
    func halves() {
        var table = FollowerTable(width: 4, bytes: 1 << 16, ceiling: 8)
        let row = table.admit(7)
        table.follow(row, by: 99)
        for _ in 0..<9 {
            table.visit(row)
            table.follow(row, by: 1)
        }
        #expect(table.total(at: row) <= 5)
        #expect(table.best(at: row).symbol == 1)
        #expect(table.follower(1, at: row).count == 0)
    }

    @Test("it grows to its bytes and no further; then what was used longest ago leaves")
    func bounded() {
        var table = FollowerTable(width: 4, bytes: 1 << 15)
        for tag in 0..<5_000 as Range<UInt64> {
            let row = table.admit(tag)
            table.visit(row)
            table.follow(row, by: tag + 1)
            _ = table.admit(1_000_000)
        }
        #expect(table.bytes <= 1 << 15)
        #expect(table.find(4_999).map { table.best(at: $0).symbol } == 5_000)
        #expect(table.find(1_000_000) != nil)
        #expect(table.find(0) == nil)
    }

    @Test("what was known is known after growing")
    func grows() {
        var table = FollowerTable(width: 3, bytes: 1 << 20)
        for tag in 0..<2_000 as Range<UInt64> { table.follow(table.admit(tag), by: tag * 3) }
        var known = 0
        for tag in 0..<2_000 as Range<UInt64> where table.find(tag).map({ table.best(at: $0).symbol }) == tag * 3 {
            known += 1
        }
        // A bucket may be full before a sixth of the table is.
        #expect(known > 1_900)
    }
}
