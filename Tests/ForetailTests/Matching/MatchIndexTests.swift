import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

@Suite("MatchIndex") struct MatchIndexTests {
    private let row = FieldRow(count: 1)
    private let plan = FieldPlan([FieldPath("v")])

    private func matches(_ index: inout MatchIndex, v: FieldSlot) -> [Int] {
        row[0] = v
        var matches: [Int] = [7]
        index.match(row.slots, into: &matches)
        return matches
    }

    private func filter(_ source: String) throws -> Filter { try Filter(source) }

    @Test("requests with the same filter share a group, nil matches everything")
    func shares() throws {
        var index = MatchIndex()
        let hot = try filter("event.v > 5")
        #expect(index.insert(TailRequestID(1), filter: hot, predicts: false, plan: plan) == 0)
        #expect(index.insert(TailRequestID(2), filter: nil, predicts: false, plan: plan) == 1)
        #expect(index.insert(TailRequestID(3), filter: hot, predicts: false, plan: plan) == 0)
        #expect(index.groups[0]?.requests == [TailRequestID(1), TailRequestID(3)])
        #expect(matches(&index, v: .double(6)) == [0, 1])
        #expect(matches(&index, v: .double(5)) == [1])
    }

    @Test("a group leaves with its last request, and its number serves another filter")
    func leaves() throws {
        var index = MatchIndex()
        let hot = try filter("event.v > 5")
        _ = index.insert(TailRequestID(1), filter: hot, predicts: false, plan: plan)
        _ = index.insert(TailRequestID(2), filter: hot, predicts: false, plan: plan)
        index.remove(TailRequestID(1), group: 0, stillPredicted: false)
        #expect(matches(&index, v: .double(6)) == [0])
        index.remove(TailRequestID(2), group: 0, stillPredicted: false)
        #expect(matches(&index, v: .double(6)) == [])
        #expect(index.insert(TailRequestID(3), filter: try filter("event.v < 1"), predicts: false, plan: plan) == 0)
        #expect(matches(&index, v: .double(0)) == [0])
        #expect(matches(&index, v: .double(6)) == [])
    }

    @Test("a missing field and a wrong type are no match, counted, with the remedy")
    func counts() throws {
        var index = MatchIndex()
        _ = index.insert(TailRequestID(1), filter: try filter("event.v > 5"), predicts: false, plan: plan)
        #expect(matches(&index, v: .missing) == [])
        #expect(matches(&index, v: .boolean(true)) == [])
        let group = try #require(index.groups[0])
        #expect(group.failures.missing == 1)
        #expect(group.failures.failed == 1)
        let sentences = group.failures.descriptions(try #require(group.program), plan: plan)
        #expect(sentences.contains { $0.contains("has(event.v)") })
    }

    @Test(
        "samples are counted for the groups asked for, the same whether evaluated or looked up",
        arguments: [3, 16, 17, 40])
    func samples(asked: Int) throws {
        var index = MatchIndex()
        var groups: [Int] = []
        for limit in 0..<asked {
            groups.append(
                index.insert(
                    TailRequestID(UInt32(limit)), filter: try filter("event.v > \(limit)"), predicts: true, plan: plan))
        }
        for other in 0..<30 {
            _ = index.insert(
                TailRequestID(UInt32(100 + other)), filter: try filter("event.v >= -\(other)"), predicts: false,
                plan: plan)
        }
        let sampled = Array(groups.reversed())
        var counts = Array(repeating: 0, count: asked + 2)
        index.beginSamples(of: sampled)
        for value in [3.5, 1.5, -7] {
            row[0] = .double(value)
            index.matchSample(row.slots, of: sampled, into: &counts, at: 2)
        }
        index.endSamples(of: sampled)
        let expected = sampled.map { limit in [3.5, 1.5, -7].filter { $0 > Double(limit) }.count }
        #expect(counts == [0, 0] + expected)
    }

    @Test("beyond the exact limit the same groups are found, and failures are still noticed")
    func many() throws {
        var index = MatchIndex()
        for limit in 0..<40 {
            _ = index.insert(
                TailRequestID(UInt32(limit)), filter: try filter("event.v > \(limit)"), predicts: limit % 2 == 0,
                plan: plan)
        }
        #expect(matches(&index, v: .double(2.5)) == [0, 1, 2])
        #expect(matches(&index, v: .double(.nan)) == [])
        for _ in 0..<64 * 40 { #expect(matches(&index, v: .boolean(true)) == []) }
        let failed = index.groups.compactMap { $0?.failures.failed }
        #expect(failed.allSatisfy { $0 > 0 })
        #expect(index.groups.allSatisfy { $0?.program != nil })
        for limit in 0..<39 {
            index.remove(TailRequestID(UInt32(limit)), group: limit, stillPredicted: false)
        }
        #expect(matches(&index, v: .double(39.5)) == [39])
    }

    @Test("a filter that would have to be scanned is refused when there are too many of them")
    func refuses() throws {
        var index = MatchIndex()
        for number in 0..<FilterIndex.scanLimit {
            _ = index.insert(
                TailRequestID(UInt32(number)), filter: try filter("event.v != \(number)"), predicts: false, plan: plan)
        }
        #expect(index.scannedCount == FilterIndex.scanLimit)
        #expect(index.mustRefuse(try filter("event.v != -1"), plan: plan))
        #expect(!index.mustRefuse(try filter("event.v == -1"), plan: plan))
        #expect(!index.mustRefuse(nil, plan: plan))
    }
}
