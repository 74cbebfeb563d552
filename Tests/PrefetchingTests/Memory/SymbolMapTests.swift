import Testing

@testable import Prefetching

@Suite("SymbolMap") struct SymbolMapTests {
    @Test("it answers as a dictionary does, through changes of every kind", arguments: 1...5)
    func likeADictionary(seed: Int) {
        var random = Random(seed: UInt64(seed))
        var map = SymbolMap()
        var expected: [UInt64: Int32] = [:]
        for _ in 0..<20_000 {
            // Few keys, so that they meet; 0 and the largest are keys like others.
            let symbol = random.chance(0.05) ? UInt64.max : UInt64(random.below(300))
            let number = random.chance(0.4) ? nil : Int32(random.below(1_000))
            map[symbol] = number
            expected[symbol] = number
            #expect(map.count == expected.count)
        }
        for symbol in Array(0..<300) + [UInt64.max] { #expect(map[symbol] == expected[symbol]) }
        map.removeAll()
        #expect(map.count == 0 && map[1] == nil)
    }
}
