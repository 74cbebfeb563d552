import FieldExtraction
import ForetailTesting
import Testing

@testable import Foretail

@Suite struct LookupStageTests {
    @Test func anEventWaitsForItsRowsAndLeavesWithThem() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        #expect(bench.left.isEmpty)
        #expect(bench.fetched == ["a"])
        bench.answer("a", rows: #"[{"name":"Ada"}]"#, readAt: 100, at: 2_000)
        #expect(bench.left == [1])
        #expect(
            bench.records.last
                == #"{"kind":"event","request":"tr_1","stream":"s","position":"0:1-1","key":"a","#
                + #""time":"1970-01-01T00:00:01Z","event":{"id":"a"},"lookups":{"who":{"source":"fetched","#
                + #""age":0.0019,"read":"2026-01-01T00:00:00.000100Z","rows":[{"name":"Ada"}]}}}"# + "\n")
    }

    @Test func rowsThatAreStagedLeaveAtOnce() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.answer("a", rows: "[]", readAt: 0, at: 1_000)
        bench.send(#"{"id":"a"}"#, at: 2_000)
        #expect(bench.left == [1, 2])
        #expect(bench.fetched == ["a"])
        #expect(bench.records[1].contains(#""who":{"source":"staged","age":0.002,"#))
        #expect(bench.statistics.staged == 1)
        #expect(bench.statistics.fetched == 1)
        #expect(bench.statistics.savedMicroseconds == 1_000)
    }

    @Test func eventsOfOneKeyKeepTheirOrderAndOthersPass() throws {
        // The lookup's key is not the stream's: the second event of web-1 has its rows, and waits behind the first.
        let bench = try LookupBench(key: "host", lookupKey: "event.id")
        bench.send(#"{"host":"web-2","id":"b"}"#, at: 0)
        bench.answer("b", rows: "[]", readAt: 0, at: 10)
        bench.send(#"{"host":"web-1","id":"a"}"#, at: 20)
        bench.send(#"{"host":"web-1","id":"b"}"#, at: 30)
        bench.send(#"{"host":"web-2","id":"b"}"#, at: 40)
        #expect(bench.left == [1, 4])
        bench.answer("a", rows: "[]", readAt: 25, at: 50)
        #expect(bench.left == [1, 4, 2, 3])
    }

    @Test func whatIsSafeToResumeAfterStaysBeforeWhatWaits() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.send(#"{"id":"b"}"#, at: 10)
        bench.answer("b", rows: "[]", readAt: 10, at: 20)
        bench.answer("a", rows: "[]", readAt: 10, at: 30)
        #expect(bench.left == [2, 1])
        #expect(bench.safe == [nil, Position(sequence: 2)])
    }

    @Test func anEventWaitsNoLongerThanItMay() throws {
        let bench = try LookupBench { $0.maxWaitMicroseconds = 5_000 }
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.send(#"{"id":"a"}"#, at: 1_000)
        #expect(bench.stage.nextDeadline == 5_000)
        bench.advance(to: 4_999)
        #expect(bench.left.isEmpty)
        bench.advance(to: 5_000)
        #expect(bench.left == [1])
        bench.advance(to: 6_000)
        #expect(bench.left == [1, 2])
        #expect(bench.records[1].contains(#""lookups":{"who":{"source":"timeout"}}}"#))
        #expect(bench.statistics.timeouts == 2)
        // The answer comes late, and serves the next.
        bench.answer("a", rows: "[]", readAt: 100, at: 7_000)
        bench.send(#"{"id":"a"}"#, at: 8_000)
        #expect(bench.left == [1, 2, 3])
        #expect(bench.fetched == ["a"])
    }

    @Test func aRowIsNeverOlderThanItMayBe() throws {
        let bench = try LookupBench { $0.maxStalenessMicroseconds = 1_000_000 }
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.answer("a", rows: "[1]", readAt: 0, at: 10)
        bench.send(#"{"id":"a"}"#, at: 999_999)
        bench.send(#"{"id":"a"}"#, at: 1_000_000)
        #expect(bench.left == [1, 2])
        #expect(bench.fetched == ["a", "a"])
    }

    @Test func rowsThatGrewTooOldWhileTheirEventWaitedAreReadAgain() throws {
        let bench = try LookupBench(key: "host", lookupKey: "event.id") {
            $0.maxStalenessMicroseconds = 10_000
            $0.maxWaitMicroseconds = 100_000
        }
        bench.send(#"{"host":"w","id":"b"}"#, at: 0)
        bench.answer("b", rows: "[]", readAt: 0, at: 10)
        bench.send(#"{"host":"w","id":"a"}"#, at: 20)
        bench.send(#"{"host":"w","id":"b"}"#, at: 30)
        bench.answer("a", rows: "[]", readAt: 40_000, at: 40_010)
        #expect(bench.left == [1, 2])
        #expect(bench.fetched == ["b", "a", "b"])
        bench.answer("b", rows: "[]", readAt: 40_020, at: 40_100)
        #expect(bench.left == [1, 2, 3])
        #expect(bench.records[2].contains(#""source":"fetched","age":0.00008"#))
    }

    @Test func rowsThatComeWhenTheirTimeAndTheWaitAreOverAreNotForwarded() throws {
        // The shell was kept from running: it hears the answer before it looks at deadlines.
        let bench = try LookupBench {
            $0.maxStalenessMicroseconds = 10_000
            $0.maxWaitMicroseconds = 100_000
        }
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.send(#"{"id":"a"}"#, at: 10)
        bench.answer("a", rows: "[1]", readAt: 20, at: 1_586_020)
        #expect(bench.left == [1, 2])
        for record in bench.records { #expect(record.contains(#""who":{"source":"timeout"}"#)) }
        #expect(bench.statistics.timeouts == 2)
    }

    @Test func aChangeDuringTheReadingKeepsTheRowsOutOfTheStage() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.stage.note(.key("a"), from: "crm", now: bench.moment(5))
        bench.answer("a", rows: "[]", readAt: 1, at: 10)
        #expect(bench.left == [1])
        bench.send(#"{"id":"a"}"#, at: 20)
        #expect(bench.left == [1])
        #expect(bench.fetched == ["a", "a"])
    }

    @Test(arguments: [ReferenceNotice.key("a"), .everything])
    func aChangeDropsWhatIsStaged(notice: ReferenceNotice) throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.answer("a", rows: "[]", readAt: 0, at: 10)
        bench.stage.note(.key("b"), from: "crm", now: bench.moment(15))
        bench.stage.note(notice, from: "other", now: bench.moment(15))
        bench.send(#"{"id":"a"}"#, at: 20)
        #expect(bench.left == [1, 2])
        bench.stage.note(notice, from: "crm", now: bench.moment(25))
        #expect(bench.stage.stagedBytes == 0)
        bench.send(#"{"id":"a"}"#, at: 30)
        #expect(bench.left == [1, 2])
        #expect(bench.statistics.invalidated == 1)
    }

    @Test func aFailureIsOnTheRecord() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.fail("a", "store 'crm': no \"table\"", at: 10)
        #expect(bench.left == [1])
        #expect(bench.records[0].contains(#""who":{"source":"none","reason":"store 'crm': no \"table\""}"#))
        #expect(bench.statistics.failures == 1)
    }

    @Test func whoDoesNotWaitLeavesWithoutAndFindsTheRowsNextTime() throws {
        let bench = try LookupBench { $0.onNotStaged = .forward }
        bench.send(#"{"id":"a"}"#, at: 0)
        #expect(bench.records[0].contains(#""who":{"source":"none","reason":"not staged"}"#))
        bench.answer("a", rows: "[]", readAt: 0, at: 10)
        bench.send(#"{"id":"a"}"#, at: 20)
        #expect(bench.records[1].contains(#""source":"staged""#))
    }

    @Test(arguments: [LookupSettings.NoRow.forward, .drop])
    func withoutARowAnEventIsDroppedOnlyWhereThatIsAskedFor(rule: LookupSettings.NoRow) throws {
        let bench = try LookupBench { $0.onNoRow = rule }
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.answer("a", rows: nil, readAt: 0, at: 10)
        #expect(bench.left == [1])
        #expect(bench.records[0].isEmpty == (rule == .drop))
        #expect(bench.statistics.dropped == (rule == .drop ? 1 : 0))
    }

    @Test func anEventWithoutAKeyLeavesWithoutRows() throws {
        let bench = try LookupBench(key: "host", lookupKey: "event.id")
        bench.send(#"{"host":"web-1"}"#, at: 0)
        #expect(bench.records[0].contains(#""source":"none","reason":"the event has no key for this lookup""#))
        #expect(bench.fetched.isEmpty)
    }

    @Test func manyEventsOfAKeyAskOnce() throws {
        let bench = try LookupBench()
        for time in 0..<5 { bench.send(#"{"id":"a"}"#, at: Int64(time)) }
        #expect(bench.fetched == ["a"])
        bench.answer("a", rows: "[]", readAt: 3, at: 10)
        #expect(bench.left == [1, 2, 3, 4, 5])
    }

    @Test func theWaitingAreBounded() throws {
        var limits = LookupLimits()
        limits.waitingRecords = 2
        let bench = try LookupBench(limits: limits)
        for id in ["a", "b", "c"] { bench.send(#"{"id":"\#(id)"}"#, at: 0) }
        #expect(bench.left == [1])
        #expect(bench.stage.waitingCount == 2)
        #expect(bench.records[0].contains("too many records wait (limit 2)"))
    }

    @Test func stagedRowsAreBounded() throws {
        var limits = LookupLimits()
        limits.stagedBytes = 2_000
        let bench = try LookupBench(limits: limits)
        for id in 0..<50 {
            bench.send(#"{"id":"\#(id)"}"#, at: Int64(id))
            bench.answer("\(id)", rows: "[{}]", readAt: Int64(id), at: Int64(id))
            #expect(bench.stage.stagedBytes <= 2_000)
        }
        #expect(bench.stage.stagedBytes > 1_000)
    }

    @Test func whatWaitsLeavesWhenItsRequestGoes() throws {
        let bench = try LookupBench()
        bench.send(#"{"id":"a"}"#, at: 0)
        bench.stage.remove(TailRequestID(1), now: bench.moment(1))
        bench.collect()
        #expect(bench.left == [1])
        #expect(bench.stage.isEmpty)
        // An answer to nobody is no fault.
        bench.answer("a", rows: "[]", readAt: 0, at: 10)
        #expect(bench.stage.stagedBytes == 0)
    }
}

@Suite struct LookupExpectingTests {
    /// A stage whose request predicts the next event of each key, fed with an event a second.
    private func bench(
        seconds: Int = 120, lookupKey: String = "meta.key", set: (inout LookupSettings) -> Void = { _ in }
    ) throws -> LookupBench {
        var settings = PredictionSettings()
        settings.stages = true
        let bench = try LookupBench(key: "id", lookupKey: lookupKey, prediction: settings, set: set)
        for second in 0..<seconds { send(second, to: bench) }
        return bench
    }

    private func send(_ second: Int, to bench: LookupBench, owner: String = "ada", number: Int = 0) {
        let time = Int64(second) * 60_000_000
        bench.advance(to: time - 1)
        for key in bench.prefetched { bench.answer(key, rows: "[]", readAt: time - 1, at: time - 1) }
        bench.prefetched = []
        bench.send(
            #"{"t":"\#(Timestamp(microseconds: 1_767_225_600_000_000 + time))","id":"a","owner":"\#(owner)","n":\#(number)}"#,
            at: time
        )
        for key in bench.fetched { bench.answer(key, rows: "[]", readAt: time, at: time + 10) }
        bench.fetched = []
    }

    @Test func rowsOfARegularKeyAreThereBeforeItsEvent() throws {
        let bench = try bench { $0.maxStalenessMicroseconds = 5_000_000 }
        let statistics = bench.statistics
        #expect(statistics.staged > 80)
        #expect(statistics.useful == statistics.staged)
        #expect(statistics.staged + statistics.fetched == 120)
        // Read again while the window is open, and no more than that.
        #expect(statistics.prefetches < 500)
        let left = bench.stage.staged.peek(StagedRows.Key(statement: 0, key: "a"))?.isUnused == true ? 1 : 0
        #expect(statistics.prefetches == statistics.useful + statistics.late + statistics.wasted + left)
    }

    @Test func aKeyThatNoPredictionStatesIsTheLastOne() throws {
        let bench = try bench(lookupKey: "event.owner + '!'") { $0.maxStalenessMicroseconds = 5_000_000 }
        #expect(bench.statistics.staged > 60)
        #expect(bench.records.last?.contains(#""source":"staged""#) == true)
    }

    @Test func guessesThatAreWrongAreNotFetched() throws {
        // The key is a number that is another one each time: its forecast is no key.
        let bench = try bench(seconds: 0, lookupKey: "event.n")
        var generator = SystemRandomNumberGenerator()
        for second in 0..<200 { send(second, to: bench, number: Int.random(in: 0..<1_000_000, using: &generator)) }
        #expect(bench.statistics.prefetches < 20)
        // A number that stays is one.
        let steady = try self.bench(seconds: 0, lookupKey: "event.n") { $0.maxStalenessMicroseconds = 5_000_000 }
        for second in 0..<200 { send(second, to: steady, number: 7) }
        #expect(steady.statistics.staged > 100)
        #expect(steady.prefetched.allSatisfy { $0 == "7" })
    }

    @Test func nothingIsFetchedForWhatIsNotExpected() throws {
        let bench = try LookupBench(key: "id")
        for second in 0..<50 { send(second, to: bench) }
        #expect(bench.statistics.prefetches == 0)
        #expect(bench.statistics.trafficFactor == 1)
    }

    @Test func aChangedRowThatIsExpectedIsReadAgain() throws {
        let bench = try bench { $0.maxStalenessMicroseconds = 50_000_000 }
        // A minute after the last event the next is expected; its rows are there.
        bench.advance(to: 119 * 60_000_000 + 59_900_000)
        for key in bench.prefetched {
            bench.answer(key, rows: "[]", readAt: 119 * 60_000_000 + 59_900_000, at: 119 * 60_000_000 + 59_900_100)
        }
        bench.prefetched = []
        #expect(bench.stage.stagedBytes > 0)
        bench.stage.note(.key("a"), from: "crm", now: bench.moment(119 * 60_000_000 + 59_950_000))
        #expect(bench.stage.stagedBytes == 0)
        bench.advance(to: 119 * 60_000_000 + 59_950_001)
        #expect(bench.prefetched == ["a"])
    }
}

@Suite struct LookupAnticipatingTests {
    /// The share of the last events whose rows were staged, when keys come in an order and answers at once.
    private func share(of keys: [Int], prefetch: Bool = true) throws -> (staged: Double, statistics: LookupStatistics) {
        var limits = LookupLimits()
        limits.stagedBytes = 20_000
        let bench = try LookupBench(limits: limits) {
            $0.maxStalenessMicroseconds = 3_600_000_000
            $0.prefetches = prefetch
        }
        var before = 0
        for (place, key) in keys.enumerated() {
            let time = Int64(place) * 1_000
            if place == keys.count * 3 / 4 { before = bench.statistics.staged }
            bench.send(#"{"id":"k\#(key)"}"#, at: time)
            while let key = bench.fetched.popLast() ?? bench.prefetched.popLast() {
                bench.answer(key, rows: #"[{"name":"x"}]"#, readAt: time, at: time + 100)
            }
            #expect(bench.stage.stagedBytes <= limits.stagedBytes)
        }
        let last = keys.count - keys.count * 3 / 4
        return (Double(bench.statistics.staged - before) / Double(last), bench.stage.totals)
    }

    @Test func keysThatFollowOneAnotherAreThereBeforeTheyAreNeeded() throws {
        // A loop larger than the room: plain LRU holds none of it when it comes again.
        let loop = (0..<4_000).map { $0 * 7 % 500 }
        let ahead = try share(of: loop)
        #expect(try share(of: loop, prefetch: false).staged == 0)
        #expect(ahead.staged > 0.8)
        let precision = try #require(ahead.statistics.precision)
        #expect(precision > 0.8)
        #expect(ahead.statistics.plainHits == 0)
    }

    @Test func keysThatSayNothingOfTheNextAreLeftAlone() throws {
        var generator = SystemRandomNumberGenerator()
        let keys = (0..<4_000).map { _ in Int.random(in: 0..<500, using: &generator) }
        let ahead = try share(of: keys)
        let plain = try share(of: keys, prefetch: false)
        #expect(ahead.statistics.prefetches < 100)
        #expect(ahead.staged > plain.staged - 0.02)
        #expect(ahead.statistics.polluted < 60)
    }
}

@Suite struct RowKeyTests {
    @Test func keysThatOnlyLookAlikeHaveRowsOfTheirOwn() throws {
        // One character in one code point, and the same in two.
        let bench = try LookupBench()
        bench.send("{\"id\":\"\u{E4}\"}", at: 0)
        bench.answer("\u{E4}", rows: #"[{"n":1}]"#, readAt: 0, at: 10)
        bench.send("{\"id\":\"a\u{308}\"}", at: 20)
        #expect(bench.left == [1])
        #expect(bench.fetched.map { Array($0.utf8) } == [Array("\u{E4}".utf8), Array("a\u{308}".utf8)])
        bench.answer("a\u{308}", rows: #"[{"n":2}]"#, readAt: 20, at: 30)
        #expect(bench.records[1].contains(#"[{"n":2}]"#))
    }
}
