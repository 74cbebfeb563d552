import Testing

@testable import Prefetching

@Suite("KeySymbol") struct KeySymbolTests {
    @Test(
        "whole numbers are their own symbols",
        arguments: [("0", 0), ("42", 42), ("-7", -7), ("9223372036854775807", .max), ("-9223372036854775808", .min)])
    func numbers(text: String, number: Int) {
        #expect(KeySymbol.of(text.utf8) == UInt64(bitPattern: Int64(number)))
    }

    @Test(
        "anything else is hashed, and no two of these alike",
        arguments: ["", "-", "-0", "007", "+5", "1.5", "user-17", "9223372036854775808", "99999999999999999999999"])
    func texts(text: String) {
        #expect(KeySymbol.of(text.utf8) == KeySymbol.of(text.utf8))
        #expect(KeySymbol.of(text.utf8) != KeySymbol.of(text.utf8, seed: 1))
        #expect(KeySymbol.of(text.utf8) > 1 << 32)
    }
}
