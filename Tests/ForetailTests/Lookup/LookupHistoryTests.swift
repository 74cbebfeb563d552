import FieldExtraction
import Testing

@testable import Foretail

/// Lookups of what the stream itself held of a key.
@Suite struct LookupHistoryTests {
    private static func rows(_ record: String) -> String {
        record.components(after: #""rows":"#).map { String($0.dropLast(4)) } ?? record
    }

    @Test func anEventLeavesWithThoseOfItsKeyBeforeIt() throws {
        let bench = try LookupBench(history: LookupSettings(history: "before", rows: 2), filter: "event.v > 2")
        bench.stage.fill(0, with: nil, isComplete: true, now: bench.moment(0))
        for value in 1...4 { bench.send(#"{"id":"a","v":\#(value)}"#, at: Int64(value)) }
        bench.send(#"{"id":"b","v":9}"#, at: 5)
        #expect(bench.left == [3, 4, 5])
        // What did not match was there all the same.
        #expect(
            Self.rows(bench.records[0])
                == #"[{"position":"0:1-2","time":"1970-01-01T00:00:02Z","event":{"id":"a","v":2}},"#
                + #"{"position":"0:1-1","time":"1970-01-01T00:00:01Z","event":{"id":"a","v":1}}]"#)
        #expect(bench.records[1].contains(#""source":"staged""#))
        #expect(Self.rows(bench.records[2]) == "[]")
        #expect(bench.fetched.isEmpty && bench.prefetched.isEmpty)
    }

    @Test func whatComesBeforeThePastIsReadWaitsForItAndSeesNothingLater() throws {
        let bench = try LookupBench(history: LookupSettings(history: "before", rows: 2))
        for value in 1...4 { bench.send(#"{"id":"a","v":\#(value)}"#, at: Int64(value)) }
        #expect(bench.left.isEmpty)
        var past = KeyHistories(limit: 1_000)
        past.begin(0, rows: 2, isFilled: true)
        past.note(0, key: "a", position: Position(epoch: 0, sequence: 7), json: Array("{}".utf8))
        #expect(bench.stage.unfilledHistories(of: "s").map(\.firstNoted) == [Position(sequence: 1)])
        bench.stage.fill(0, with: past, isComplete: true, now: bench.moment(9))
        bench.collect()
        #expect(bench.left == [1, 2, 3, 4])
        #expect(bench.records[0].contains(#""source":"fetched""#))
        #expect(Self.rows(bench.records[0]) == "[{}]")
        #expect(Self.rows(bench.records[1]).contains(#""v":1}},{}]"#))
        #expect(!Self.rows(bench.records[2]).contains("{}"))
        #expect(bench.stage.unfilledHistories(of: "s").isEmpty)
    }

    @Test func anEventWaitsNoLongerForThePastThanItMay() throws {
        var lookup = LookupSettings(history: "before")
        lookup.maxWaitMicroseconds = 1_000
        let bench = try LookupBench(history: lookup)
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.advance(to: 1_000)
        #expect(bench.left == [1])
        #expect(bench.records[0].contains(#""before":{"source":"timeout"}"#))
    }

    @Test func nothingIsFollowedWhenNobodyAsks() throws {
        let bench = try LookupBench(history: LookupSettings(history: "before"))
        bench.send(#"{"id":"a"}"#, at: 0)
        #expect(bench.stage.historyBytes > 0)
        bench.stage.remove(TailRequestID(1), now: bench.moment(1))
        #expect(!bench.stage.follows("s"))
        #expect(bench.stage.historyBytes == 0)
        bench.collect()
        #expect(bench.left == [1])
    }
}

extension String {
    /// What stands behind the first place of a text; nil where that is not in it.
    fileprivate func components(after text: String) -> Substring? {
        guard let range = firstRange(of: text) else { return nil }
        return self[range.upperBound...]
    }
}
