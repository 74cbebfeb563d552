import Testing

@testable import Foretail

@Suite("SymbolTable") struct SymbolTableTests {
    private func symbol(_ text: String, in table: inout SymbolTable, adding: Bool = true) -> Int32? {
        Array(text.utf8).withUnsafeBufferPointer { table.see($0, adding: adding).symbol }
    }

    private func tag(_ text: String, in table: inout SymbolTable) -> Double {
        Array(text.utf8).withUnsafeBufferPointer { table.see($0, adding: false).tag }
    }

    @Test("values get dense numbers in the order they come, the same ones ever after")
    func denseNumbers() {
        var table = SymbolTable(capacity: 10_000, valueBytes: 64, seed: 3)
        for index in 0..<2_000 { #expect(symbol("value \(index)", in: &table) == Int32(index)) }
        for index in 0..<2_000 { #expect(symbol("value \(index)", in: &table, adding: false) == Int32(index)) }
        #expect(String(decoding: table.value(of: 1_234), as: UTF8.self) == "value 1234")
    }

    @Test("a full table lets the value go that was not seen for long; its number never means another")
    func full() {
        var table = SymbolTable(capacity: 2, valueBytes: 64, seed: 3)
        #expect(symbol("a", in: &table) == 0)
        #expect(symbol("", in: &table) == 1)
        #expect(symbol("", in: &table) == 1)
        let third = symbol("c", in: &table)
        #expect(third == 1 << 16)
        #expect(table.count == 2 && table.evictions == 1)
        #expect(symbol("", in: &table) == 1)
        #expect(table.value(of: 0).isEmpty)
        #expect(table.tag(of: 0).isNaN)
        #expect(symbol("a", in: &table, adding: false) == nil)
    }

    @Test("a value keeps its tag when it comes again with another number")
    func tags() {
        var table = SymbolTable(capacity: 4, valueBytes: 64, seed: 3)
        let before = tag("a", in: &table)
        let first = symbol("a", in: &table)
        for index in 0..<40 { _ = symbol("b\(index)", in: &table) }
        let second = symbol("a", in: &table)
        #expect(first != second)
        #expect(tag("a", in: &table) == before)
        #expect(second.map { table.tag(of: $0) } == before)
    }

    @Test("memory stays flat, and all that is held is found, on an endless stream of new values")
    func endless() {
        var table = SymbolTable(capacity: 1_000, valueBytes: 64, seed: 3)
        var most = 0
        for index in 0..<100_000 {
            let text = "value number \(index)"
            guard let number = symbol(text, in: &table) else { return #expect(Bool(false), "no number for \(index)") }
            #expect(symbol(text, in: &table) == number)
            if index % 7 == 0 { #expect(symbol("again and again", in: &table) != nil) }
            if index == 10_000 { most = table.byteCount }
        }
        #expect(table.count == 1_000)
        #expect(table.byteCount < most * 2)
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
