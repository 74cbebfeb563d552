import Testing

@testable import Foretail

@Suite("PrintedNumber") struct PrintedNumberTests {
    private func text(_ number: PrintedNumber) -> String {
        var output: [UInt8] = []
        output.append(number)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "a number is rounded to its exponent, and prints as what it is worth",
        arguments: [
            (41.229_999_999_999_98, -2, "41.23"), (-0.004, -2, "0.00"), (1234.5, 2, "1200"), (0.1 + 0.2, -1, "0.3"),
            (7, 0, "7"), (-12.345, -1, "-12.3"),
        ] as [(Double, Int, String)])
    func rounds(number: Double, exponent: Int, expected: String) throws {
        let printed = PrintedNumber(number, exponent: exponent)
        let text = text(printed)
        #expect(try #require(Double(text)) == printed.value)
        #expect(try #require(Double(expected)) == printed.value)
    }

    @Test("every printed number reads back as its value", arguments: [-9, -4, -1, 0, 3, 12])
    func readsBack(exponent: Int) throws {
        for index in 1...200 {
            let number = Double(index) * 7_919.123_456_789 * (index.isMultiple(of: 2) ? -1 : 1)
            let printed = PrintedNumber(number, exponent: exponent)
            #expect(try #require(Double(text(printed))) == printed.value)
        }
    }

    @Test(
        "a number too large for its exponent keeps all its digits",
        arguments: [1e300, -3.5e17, .greatestFiniteMagnitude])
    func keepsDigits(number: Double) throws {
        let printed = PrintedNumber(number, exponent: -3)
        #expect(printed.value == number)
        #expect(try #require(Double(text(printed))) == number)
    }

    @Test(
        "the exponent keeps a hundredth of the tolerance",
        arguments: [(1, -2), (0.5, -3), (0.099, -4), (10, -1), (99.9, -1), (5e-6, -8)] as [(Double, Int)])
    func exponent(tolerance: Double, expected: Int) {
        #expect(PrintedNumber.exponent(forTolerance: tolerance) == expected)
    }

    @Test("without a tolerance there is no exponent", arguments: [0, -1, .nan, .infinity] as [Double])
    func noExponent(tolerance: Double) {
        #expect(PrintedNumber.exponent(forTolerance: tolerance) == nil)
    }
}
