import FieldExtraction
import Glibc
import Testing

@Suite struct NumberTextTests {
    private func parse(_ text: String) -> FieldSlot? {
        let guarded = GuardedBytes(Array(text.utf8))
        defer { withExtendedLifetime(guarded) {} }
        return NumberText.parse(guarded.bytes).map { FieldSlot(kind: $0.kind, bits: $0.bits) }
    }

    @Test(
        "whole numbers that fit 64 bits are integers",
        arguments: [
            ("0", 0), ("7", 7), ("-1", -1), ("999999999999999999", 999_999_999_999_999_999),
            ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("1000000000000000000", 1_000_000_000_000_000_000),
        ] as [(String, Int64)])
    func integers(text: String, value: Int64) {
        #expect(parse(text)?.kind == .integer)
        #expect(parse(text).map { Int64(bitPattern: $0.bits) } == value)
    }

    @Test(
        "all other numbers are the nearest double",
        arguments: [
            "-0", "-0.0", "0.0", "1.0", "17420.0", "1e-05", "1E5", "1e+5", "0.1", "0.30000000000000004",
            "16.317999999999998",
            "9007199254740993.0", "9223372036854775808", "-9223372036854775809", "18446744073709551615",
            "18446744073709551616", "123456789012345678901234567890", "1.7976931348623157e308",
            "1.7976931348623159e308",
            "1e400", "-1e400", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "1e23", "8.5e22", "1e22", "9.999999999999999e22", "0.000000000000000000000000000001",
            "0.1000000000000000055511151231257827021181583404541015625", "1.00000000000000011102230246251565404",
            "1.00000000000000011102230246251565405", "5e-1", "1e99999999999999999999", "1e-99999999999999999999",
            "0e999999999999",
            "123456789.123456789123456789", "7205759403792793199999e-5",
            "5708990770823839524233143877797980545530986496.0",
        ])
    func doubles(text: String) throws {
        let slot = try #require(parse(text))
        #expect(Double(bitPattern: slot.bits).bitPattern == strtod(text, nil).bitPattern)
        #expect(slot.kind == .double)
    }

    @Test("random numbers of all shapes are what strtod reads", arguments: 0..<4)
    func random(seed: Int) throws {
        var random = RandomJSON(seed: UInt64(seed))
        for _ in 0..<3000 {
            let text = random.number()
            let slot = try #require(parse(text), "\(text)")
            #expect(slot.number?.bitPattern == strtod(text, nil).bitPattern || slot.kind == .integer, "\(text)")
            if slot.kind == .integer { #expect(Int64(text) == Int64(bitPattern: slot.bits)) }
            let bits = Double(bitPattern: random.generator.next())
            if bits.isFinite {
                #expect(parse(bits.description)?.number?.bitPattern == bits.bitPattern, "\(bits)")
            }
        }
    }

    @Test(
        "what only looks like a number is none",
        arguments: [
            "", "007", "+5", ".5", "5.", "1e", "1e+", "-", "--1", "0x10", "1 ", " 1", "NaN", "inf", "1,5", "1_000",
            "1\0", "00", "-01",
        ])
    func refused(text: String) {
        #expect(parse(text) == nil)
        let guarded = GuardedBytes(Array(text.utf8))
        defer { withExtendedLifetime(guarded) {} }
        #expect(!NumberText.isNumber(guarded.bytes))
    }

    @Test(
        "a string that holds a number is read as people write numbers",
        arguments: [
            (" 007 ", 7), ("+5", 5), (".5", 0.5), ("-.5", -0.5), ("5.", 5), ("\t1e3", 1000), ("-0012.50", -12.5),
            ("0", 0), ("000", 0),
            ("", nil), (" ", nil), ("x", nil), ("1 2", nil), ("0x10", nil), ("nan", nil), ("+-5", nil), (".", nil),
            ("-", nil),
            ("1.2.3", nil), ("+", nil), ("-.", nil), ("..", nil),
        ] as [(String, Double?)])
    func lenient(text: String, value: Double?) {
        let guarded = GuardedBytes(Array(text.utf8))
        defer { withExtendedLifetime(guarded) {} }
        #expect(NumberText.lenientDouble(guarded.bytes) == value)
    }

    @Test(
        "integers print as the standard library prints them",
        arguments: [0, 1, -1, 9, 10, 99, 100, -12345, .max, .min] as [Int64])
    func printInteger(value: Int64) {
        var text: [UInt8] = [0x78]
        NumberText.appendInteger(value, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "x\(value)")
    }

    @Test("doubles print in the fewest digits that read back", arguments: 0..<4)
    func printDouble(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var values: [Double] = [
            0, -0.0, 5, -5, 0.1, 0.5, 1.25, 41.23, 1e15, 1e16, 1e22, 1e300, 1e-4, 1e-5, 123456.789, 16.317999999999998,
            1 / 3,
            999_999_999_999_999, 99999999999999.9, 0.000123, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi,
        ]
        for _ in 0..<2000 {
            values.append(Double(Int64.random(in: -10_000_000...10_000_000, using: &generator)) / 1000)
            values.append(Double.random(in: -1000...1000, using: &generator))
            let any = Double(bitPattern: generator.next())
            if any.isFinite { values.append(any) }
        }
        for value in values {
            var text: [UInt8] = []
            NumberText.append(value, to: &text)
            #expect(String(decoding: text, as: UTF8.self) == value.description)
        }
    }

    @Test("what is not finite prints as null", arguments: [Double.infinity, -.infinity, .nan])
    func printNotFinite(value: Double) {
        var text: [UInt8] = []
        NumberText.append(value, to: &text)
        #expect(text == Array("null".utf8))
    }

    @Test(
        "decimals print digit for digit and know their double",
        arguments: [
            (4123, -2, "41.23"), (-4123, -2, "-41.23"), (5, 0, "5"), (5, 3, "5000"), (50, -1, "5.0"), (7, -3, "0.007"),
            (-7, -3, "-0.007"), (0, 0, "0"), (0, -2, "0.00"), (0, 5, "0"), (.min, 0, "-9223372036854775808"),
            (.max, -18, "9.223372036854775807"), (.min, -18, "-9.223372036854775808"), (1, -18, "0.000000000000000001"),
            (5, 40, "5e40"), (-123, -30, "-123e-30"), (1, 400, "1e400"), (3, -400, "3e-400"),
            (16_317_999_999_999_998, -15, "16.317999999999998"),
        ] as [(Int64, Int, String)])
    func decimals(mantissa: Int64, exponent: Int, expected: String) {
        var text: [UInt8] = []
        NumberText.appendDecimal(mantissa, exponent, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == expected)
        #expect(NumberText.double(mantissa: mantissa, exponent: exponent) == strtod(expected, nil))
    }
}
