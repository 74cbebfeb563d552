import Testing

@testable import Foretail

@Suite("SymbolTable") struct SymbolTableTests {
    private func symbol(_ text: String, in table: inout SymbolTable, adding: Bool = true) -> Int32? {
        Array(text.utf8).withUnsafeBufferPointer { table.symbol(for: $0, adding: adding) }
    }

    @Test("values get dense numbers in the order they come, the same ones ever after")
    func denseNumbers() {
        var table = SymbolTable(capacity: 10_000, valueBytes: 64, seed: 3)
        for index in 0..<2_000 { #expect(symbol("value \(index)", in: &table) == Int32(index)) }
        for index in 0..<2_000 { #expect(symbol("value \(index)", in: &table, adding: false) == Int32(index)) }
        #expect(String(decoding: table.allBytes[table.range(of: 1_234)], as: UTF8.self) == "value 1234")
    }

    @Test("a full table gives new values no number and keeps the old ones")
    func full() {
        var table = SymbolTable(capacity: 2, valueBytes: 64, seed: 3)
        #expect(symbol("a", in: &table) == 0)
        #expect(symbol("", in: &table) == 1)
        #expect(symbol("c", in: &table) == nil)
        #expect(symbol("", in: &table) == 1)
        #expect(table.count == 2)
    }

    @Test("a value longer than the limit gets no number")
    func tooLong() {
        var table = SymbolTable(capacity: 2, valueBytes: 3, seed: 3)
        #expect(symbol("abcd", in: &table) == nil)
        #expect(symbol("abc", in: &table) == 0)
    }

    @Test("looking does not add")
    func lookingDoesNotAdd() {
        var table = SymbolTable(capacity: 2, valueBytes: 3, seed: 3)
        #expect(symbol("a", in: &table, adding: false) == nil)
        #expect(table.count == 0)
    }
}
