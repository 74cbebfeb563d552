import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

@Suite("KeyReach") struct KeyReachTests {
    private func reach(_ source: String?, key: [String] = ["host"], keyBytes: Int = 64) throws -> KeyReach {
        let filter = try source.map { try Filter($0) }
        let metaKey = FieldPath(root: .meta, ["key"])
        let plan = FieldPlan(key.map { FieldPath($0) } + [metaKey] + (filter?.fields ?? []))
        return KeyReach(
            filter, slots: (filter?.fields ?? []).map { plan.slot(of: $0)! },
            keySlots: key.map { plan.slot(of: FieldPath($0))! }, metaKeySlot: plan.slot(of: metaKey),
            keyBytes: keyBytes)
    }

    @Test(
        "is the keys that a filter compares with, and their union under ||",
        arguments: [
            ("event.host == 'a'", ["a"]),
            ("event.host == 'a' && event.cpu > 80", ["a"]),
            ("event.host in ['a', 'b'] && event.cpu > 80", ["a", "b"]),
            ("event.host == 'a' || event.host == 'b' && event.cpu > 80", ["a", "b"]),
            ("event.host in ['a', 'b'] && event.host in ['b', 'c']", ["b"]),
            ("event.host == 'a' && event.host == 'b'", []),
            ("meta.key == 'a' && event.cpu > 80", ["a"]),
            ("!(event.host != 'a' || event.cpu < 80)", ["a"]),
        ])
    func keys(source: String, keys: [String]) throws {
        #expect(try reach(source) == .keys(Set(keys.map { Array($0.utf8) })))
    }

    @Test(
        "is all keys where the filter does not tell",
        arguments: [
            nil, "event.cpu > 80", "event.host == 'a' || event.cpu > 80", "event.host != 'a'", "event.host == 1",
            "event.host in ['a', 1]", "event.host.startsWith('a')", "size(event.host) == 1", "has(event.host)",
            "event.host == '123456789.123456789.123456789.123456789.123456789.123456789.12345'",
        ])
    func all(source: String?) throws {
        #expect(try reach(source) == .all)
    }

    @Test("of a composite key needs all its fields")
    func composite() throws {
        let both = try reach("event.a in ['x', 'y'] && event.b == 'z'", key: ["a", "b"])
        #expect(both == .keys([Array("x,z".utf8), Array("y,z".utf8)]))
        #expect(try reach("event.a == 'x'", key: ["a", "b"]) == .all)
        #expect(try reach("event.a == 'x'", key: []) == .all)
    }
}
