import FieldExtraction
import Testing

@testable import Foretail

@Suite struct KeyHistoriesTests {
    private static func row(_ number: Int) -> [UInt8] { Array("{\(number)}".utf8) }

    private static func table(rows: Int, limit: Int = 1 << 20, isFilled: Bool = true) -> KeyHistories {
        var table = KeyHistories(limit: limit)
        table.begin(0, rows: rows, isFilled: isFilled)
        return table
    }

    private static func note(_ table: inout KeyHistories, _ key: String, _ number: Int) {
        table.note(0, key: key, position: Position(sequence: UInt64(number)), json: row(number))
    }

    private static func rows(_ table: KeyHistories, _ key: String, before number: Int) -> String {
        let rows = table.rows(0, key: key, before: Position(sequence: UInt64(number)))
        return String(decoding: rows.json, as: UTF8.self) + (rows.isCut ? " cut" : "")
    }

    @Test func aKeyHasItsLastEventsBeforeAPositionNewestFirst() {
        var table = Self.table(rows: 3)
        for number in 1...8 { Self.note(&table, number % 2 == 0 ? "even" : "odd", number) }
        #expect(Self.rows(table, "even", before: 9) == "[{8},{6},{4}] cut")
        // The event that asks is in it already.
        #expect(Self.rows(table, "even", before: 8) == "[{6},{4},{2}]")
        #expect(Self.rows(table, "odd", before: 9) == "[{7},{5},{3}] cut")
        #expect(Self.rows(table, "other", before: 9) == "[]")
    }

    @Test func theKeyThatWasQuietForLongestIsForgottenAndThatIsSaid() {
        var table = Self.table(rows: 2, limit: 900)
        for number in 1...3 { Self.note(&table, "k\(number)", number) }
        Self.note(&table, "k1", 4)
        #expect(table.count == 3)
        Self.note(&table, "k4", 5)
        #expect(table.bytes <= 900)
        #expect(Self.rows(table, "k2", before: 9) == "[] cut")
        #expect(Self.rows(table, "k1", before: 9) == "[{4},{1}]")
        // It may have had others before.
        Self.note(&table, "k2", 6)
        #expect(Self.rows(table, "k2", before: 9) == "[{6}] cut")
    }

    @Test func aKeyThatAloneIsTooMuchKeepsItsNewestEvents() {
        var table = Self.table(rows: 100, limit: 600)
        for number in 1...50 { Self.note(&table, "k", number) }
        #expect(table.bytes <= 600)
        #expect(Self.rows(table, "k", before: 99).hasPrefix("[{50},{49}"))
        #expect(Self.rows(table, "k", before: 99).hasSuffix(" cut"))
    }

    @Test func thePastStandsBeforeWhatCameSince() {
        var table = Self.table(rows: 3, isFilled: false)
        Self.note(&table, "a", 11)
        Self.note(&table, "a", 12)
        var past = Self.table(rows: 3)
        for number in 1...5 { Self.note(&past, "a", number) }
        Self.note(&past, "b", 6)
        table.fill(0, from: past, isComplete: true)
        #expect(Self.rows(table, "a", before: 11) == "[{5},{4},{3}] cut")
        table.settle(0)
        #expect(Self.rows(table, "a", before: 11) == "[{5},{4}] cut")
        #expect(Self.rows(table, "a", before: 13) == "[{12},{11},{5}] cut")
        #expect(Self.rows(table, "b", before: 13) == "[{6}]")
        #expect(Self.rows(table, "c", before: 13) == "[]")
    }

    @Test func aPastThatDoesNotReachBackIsSaidToBeCut() {
        var table = Self.table(rows: 3, isFilled: false)
        Self.note(&table, "a", 11)
        table.fill(0, from: Self.table(rows: 3), isComplete: false)
        #expect(Self.rows(table, "a", before: 12) == "[{11}] cut")
        #expect(Self.rows(table, "b", before: 12) == "[] cut")
    }

    @Test func bytesAreGivenBackWhenAStatementEnds() {
        var table = Self.table(rows: 3)
        table.begin(1, rows: 3, isFilled: true)
        for number in 1...9 { Self.note(&table, "k\(number)", number) }
        table.end(0)
        #expect(table.bytes == 0)
        #expect(table.count == 0)
        table.note(1, key: "x", position: Position(sequence: 1), json: Self.row(1))
        #expect(table.count == 1)
    }

    @Test func rowsEqualThoseOfAPlainListForManyRandomEvents() {
        var random = SystemRandomNumberGenerator()
        var table = Self.table(rows: 5)
        var plain: [String: [Int]] = [:]
        for number in 1...5_000 {
            let key = "k\(UInt.random(in: 0..<40, using: &random))"
            Self.note(&table, key, number)
            plain[key, default: []].append(number)
            guard number % 7 == 0 else { continue }
            let earlier = plain[key]!.filter { $0 < number }
            let expected = earlier.suffix(5).reversed().map { "{\($0)}" }.joined(separator: ",")
            #expect(Self.rows(table, key, before: number) == "[\(expected)]" + (earlier.count > 5 ? " cut" : ""))
        }
    }
}
