import Testing

@testable import Forecasting

@Suite("Successor table")
struct SuccessorTableTests {
    private func counts(_ table: SuccessorTable, _ context: UInt64) -> [Int32: Int] {
        var counts: [Int32: Int] = [:]
        var hash = context
        for depth in 0...SuccessorTable.chain {
            guard let place = table.find(hash) else { break }
            let node = table[place]
            for lane in 0..<node.count { counts[node.symbols[lane]] = Int(node.counts[lane]) }
            hash = SuccessorTable.next(hash, depth: depth)
        }
        return counts
    }

    @Test("A node takes a cache line")
    func size() { #expect(MemoryLayout<SuccessorTable.Node>.stride == 64) }

    @Test("Counts are those of a dictionary, up to 64 symbols a context")
    func counts() {
        let table = SuccessorTable(bytes: 1 << 20)
        var noise = Noise(seed: 5)
        var expected: [UInt64: [Int32: Int]] = [:]
        for _ in 0..<5_000 {
            let context = ContextHash.mixed(1, UInt64(20 * noise.uniform()))
            let symbol = Int32(60 * noise.uniform() * noise.uniform())
            table.add(symbol, after: context)
            expected[context, default: [:]][symbol, default: 0] += 1
        }
        for (context, counted) in expected { #expect(counts(table, context) == counted) }
        #expect(table.evictions == 0)
    }

    @Test("The last and the last but one are known, and the frequent ones rise to the head")
    func order() {
        let table = SuccessorTable(bytes: 1 << 16)
        for symbol in 0..<20 as Range<Int32> { table.add(symbol, after: 77) }
        for _ in 0..<25 { table.add(19, after: 77) }
        table.add(3, after: 77)
        let head = table[table.find(77) ?? 0]
        #expect(head.last == 3 && head.lastButOne == 19)
        #expect((0..<head.count).contains { head.symbols[$0] == 19 })
        #expect(head.total == 46)
    }

    @Test("It grows up to its limit and no further; what is used stays")
    func growth() {
        let table = SuccessorTable(bytes: 4 << 20)
        let before = table.bytes
        for context in 0..<300_000 as Range<UInt64> {
            table.add(1, after: ContextHash.mixed(9, context))
            if context % 8 == 0 { table.add(2, after: ContextHash.mixed(9, 0)) }
        }
        #expect(before == 1 << 20 && table.bytes == 4 << 20)
        #expect(table.used <= table.capacity && table.evictions > 0)
        #expect(table.find(ContextHash.mixed(9, 0)) != nil)
    }

    @Test("Doubling loses nothing")
    func doubling() {
        let table = SuccessorTable(bytes: 8 << 20)
        for context in 0..<12_000 as Range<UInt64> {
            table.add(Int32(context % 90), after: ContextHash.mixed(2, context))
        }
        let evicted = table.evictions
        let held = (0..<12_000 as Range<UInt64>).filter { table.find(ContextHash.mixed(2, $0)) != nil }.count
        #expect(held == 12_000 - evicted)
    }

    @Test("Counts halve, and none falls below one")
    func halving() {
        let table = SuccessorTable(bytes: 1 << 16)
        table.add(7, after: 5)
        for _ in 0..<1_022 { table.add(8, after: 5) }
        #expect(counts(table, 5) == [7: 1, 8: 511])
        #expect(table[table.find(5) ?? 0].total == 511)
    }
}
