import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

/// Filters chosen to hurt: sizes are such that anything quadratic would take minutes.
@Suite("FilterIndex under attack", .timeLimit(.minutes(15))) struct AdversaryTests {
    private func index(_ sources: [String]) throws -> LinearScan {
        var scan = LinearScan(fields: [])
        for source in sources { try scan.insert(source) }
        return scan
    }

    @Test("10,000 overlapping ranges are told apart, and taken out again")
    func ranges() throws {
        var scan = try index((0..<10_000).map { "event.v >= \($0) && event.v <= \(20_000 - $0)" })
        #expect(scan.found(#"{"v":10000}"#).count == 10_000)
        #expect(scan.found(#"{"v":9.5}"#) == Array(0..<10))
        #expect(scan.found(#"{"v":-1}"#) == [])
        #expect(scan.index.bytes / 10_000 < 300)
        for number in 0..<9_990 { scan.remove(number) }
        #expect(scan.found(#"{"v":10000}"#) == Array(9_990..<10_000))
    }

    @Test("10,000 filters without access predicate are scanned, counted, and the next would be refused")
    func scanned() throws {
        var scan = try index((0..<10_000).map { "event.v != \($0)" })
        #expect(scan.index.scannedCount == 10_000)
        let filter = try Filter("event.w != 1")
        let (isFull, needsScan) = (scan.index.isScanFull, scan.index.needsScan(filter, plan: FieldPlan(filter.fields)))
        #expect(isFull && needsScan)
        #expect(scan.found(#"{"v":7}"#).count == 9_999)
    }

    @Test("100,000 identical filters are one")
    func identical() throws {
        let filter = try Filter("event.v == 7 && event.w != 2")
        let plan = FieldPlan(filter.fields)
        var index = FilterIndex()
        var groups: Set<Int> = []
        for _ in 0..<100_000 { groups.insert(index.insert(filter, plan: plan)) }
        let bytes = index.bytes
        #expect(groups == [0])
        #expect(bytes < 100_000)
        for _ in 0..<100_000 { index.remove(0) }
        let uses = index.uses(of: 0)
        #expect(uses == 0)
    }

    @Test("50,000 filters behind one key come and go in linear time")
    func oneKey() throws {
        var scan = try index((0..<50_000).map { "event.v == 'hot' && event.w > \($0)" })
        #expect(scan.found(#"{"v":"hot","w":10}"#).count == 10)
        for number in 0..<49_999 { scan.remove(number) }
        #expect(scan.found(#"{"v":"hot","w":1000000}"#) == [49_999])
    }

    @Test("keys that collide under one seed do not under another, nor under the next")
    func flooding() throws {
        // Whoever knows the seed finds keys of equal tags; the table of a process with another seed spreads them.
        let known = KeyHash(seed: 1)
        var keys: [String] = []
        var number = 0
        while keys.count < 2_000 {
            let key = "k\(number)"
            number += 1
            let tag = KeyHash.tag(KeyConstant.text(Array(key.utf8)).hash(known), salt: 1)
            if tag & 255 == 0 { keys.append(key) }
        }
        let other = KeyHash(seed: 2)
        let buckets = keys.map { KeyHash.tag(KeyConstant.text(Array($0.utf8)).hash(other), salt: 1) & 255 }
        let most = Dictionary(grouping: buckets, by: { $0 }).values.map(\.count).max() ?? 0
        #expect(most < 40)
        var scan = try index(keys.map { "event.v == '\($0)'" })
        #expect(scan.found(#"{"v":"\#(keys[1_234])"}"#) == [1_234])
    }

    @Test("prefixes of 1,000 lengths need few probes")
    func prefixes() throws {
        let text = String(repeating: "ab", count: 600)
        var scan = try index((1...1_000).map { "event.v.startsWith('\(text.prefix($0))')" })
        #expect(scan.index.probeCount <= FilterIndex.prefixLengths + 11)
        #expect(scan.found(#"{"v":"\#(text.prefix(600))"}"#) == Array(0..<600))
        #expect(scan.found(#"{"v":"\#(text.prefix(599))x"}"#) == Array(0..<599))
    }

    @Test("pairs of many fields need a bounded number of probes")
    func pairs() throws {
        var sources: [String] = []
        for first in 0..<40 {
            for second in 0..<first { sources.append("event.f\(first) == 'x' && event.f\(second) == 'y'") }
        }
        var scan = try index(sources)
        #expect(scan.index.probeCount <= FilterIndex.pairs + 40)
        let difference = scan.difference(#"{"f3":"x","f1":"y","f2":"y"}"#)
        #expect(difference == nil)
    }

    @Test("1,000 alternatives in one filter are one filter")
    func alternatives() throws {
        let source = (0..<1_000).map { "event.a == \($0)" }.joined(separator: "||")
        var scan = try index([source])
        #expect(scan.found(#"{"a":999}"#) == [0])
        #expect(scan.found(#"{"a":1000}"#) == [])
        #expect(scan.index.scannedCount == 0)
    }
}
