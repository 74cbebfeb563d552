import FilterLanguage
import Synchronization
import Testing

@Suite("TimeZoneDatabase") struct TimeZoneDatabaseTests {
    /// A zone file of version 1 with one offset and no changes.
    private static func file(offset: Int32) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [UInt8](repeating: 0, count: 16)
        for count in [0, 0, 0, 0, 1, 4] as [UInt32] {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
        }
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: offset >> (24 - 8 * Int32($0))) }
        return bytes + [0, 0] + Array("ABC\u{0}".utf8)
    }

    @Test("A filter's zones come from the database it was given, and from nowhere else")
    func injected() throws {
        let zones = TimeZoneDatabase { $0 == "Moon/Tycho" ? Self.file(offset: 5 * 3_600) : nil }
        let filter = try Filter("timestamp(event.t).getHours('Moon/Tycho') == 17", zones: zones)
        #expect(try Row(filter, event: #"{"t":"2026-01-01T12:00:00Z"}"#).evaluate() == .match)
        #expect(throws: FilterError.self) { try Filter("meta.time.getHours('Europe/Berlin') == 1", zones: zones) }
        #expect(throws: FilterError.self) { try Filter("meta.time.getHours('Moon/Tycho') == 1") }
        let fixed = try Filter("timestamp(event.t).getHours('+01:30') == 13", zones: .empty)
        #expect(try Row(fixed, event: #"{"t":"2026-01-01T12:00:00Z"}"#).evaluate() == .match)
    }

    @Test("A zone that events name is read once, and so is one that does not exist")
    func remembered() throws {
        let reads = Mutex<[String]>([])
        let zones = TimeZoneDatabase { name in
            reads.withLock { $0.append(name) }
            return name == "Moon/Tycho" ? Self.file(offset: -3_600) : nil
        }
        let filter = try Filter("timestamp(event.t).getHours(event.z) == 11", zones: zones)
        let known = try Row(filter, event: #"{"t":"2026-01-01T12:00:00Z","z":"Moon/Tycho"}"#)
        let unknown = try Row(filter, event: #"{"t":"2026-01-01T12:00:00Z","z":"Moon/Nowhere"}"#)
        var evaluator = FilterEvaluator()
        for _ in 0..<3 {
            #expect(known.evaluate(with: &evaluator) == .match)
            guard case .failure = unknown.evaluate(with: &evaluator) else {
                Issue.record("a zone that does not exist was found")
                return
            }
        }
        #expect(reads.withLock { $0 } == ["Moon/Tycho", "Moon/Nowhere"])
    }

    @Test("What an evaluator remembers is of its filter's database, though another lay at the same address before")
    func successive() throws {
        var evaluator = FilterEvaluator()
        for round in 0..<100 {
            let isKnown = round % 2 == 0
            let zones = TimeZoneDatabase { _ in isKnown ? Self.file(offset: 3_600) : nil }
            let filter = try Filter("timestamp(event.t).getHours(event.z) == 13", zones: zones)
            let row = try Row(filter, event: #"{"t":"2026-01-01T12:00:00Z","z":"Moon/Tycho"}"#)
            #expect(row.evaluate(with: &evaluator).isMatch == isKnown)
        }
    }

    @Test("A damaged file is no zone", arguments: [0, 3, 43, 44, 50])
    func damaged(length: Int) {
        let zones = TimeZoneDatabase { _ in Array(Self.file(offset: 0).prefix(length)) }
        #expect(throws: FilterError.self) { try Filter("meta.time.getHours('Moon/Tycho') == 1", zones: zones) }
    }
}
