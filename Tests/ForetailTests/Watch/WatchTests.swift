import FieldExtraction
import ForetailTesting
import Testing

@testable import Foretail

@Suite("Watches") struct WatchTests {
    private func manager(
        _ watch: WatchSettings, filter: String? = nil, key: [FieldPath] = [], isLive: Bool = false
    ) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: .init(seed: 1))
        var descriptor = StreamDescriptor(name: "s")
        descriptor.time = FieldPath("t")
        descriptor.key = key
        descriptor.isLive = isLive
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(
            streamName: "s", filter: filter.map { FilterText($0) }, destination: DestinationID(1),
            prediction: .watching(watch))
        return manager
    }

    private func watches(
        _ manager: inout PredictiveBufferManager, _ events: [String], from: Int = 0, history: Bool = false,
        now: Timestamp = Timestamp(microseconds: 0), actions: inout Actions
    ) -> [WatchRecord] {
        actions.removeAll()
        var batch = EventBatch(stream: "s")
        for (place, event) in events.enumerated() {
            batch.append(event, at: Position(sequence: UInt64(from + place + 1)))
        }
        manager.process(history ? .history(batch) : .events(batch), now: now, into: &actions)
        return Self.records(actions)
    }

    private static func records(_ actions: Actions) -> [WatchRecord] {
        actions.items.compactMap { if case .watch(let watch, _) = $0 { watch } else { nil } }
    }

    /// A level that climbs for 100 minutes and falls back, again and again: over 90 for the last ten of them.
    private func climb(_ count: Int) -> [String] {
        (0..<count).map { #"{"t":\#(1_700_000_000 + 60 * $0),"used":\#($0 % 100),"n":\#($0)}"# }
    }

    @Test("A warning comes before the match, ends with it, and is one per change of state")
    func within() throws {
        var manager = try manager(
            WatchSettings(within: .init(microseconds: 1_200_000_000)), filter: "event.used > 90")
        var actions = Actions()
        let records = watches(&manager, climb(2_000), actions: &actions)
        let late = records.filter { $0.time.microseconds > 1_700_060_000_000_000 }
        #expect(late.count >= 16)
        for (place, record) in late.enumerated() {
            let isFirst = late[0].state == .expected ? place % 2 == 0 : place % 2 == 1
            #expect(record.state == (isFirst ? .expected : .came))
            if isFirst {
                #expect(record.isCalibrated)
                #expect(record.windowEnd.microseconds - record.windowStart.microseconds == 1_200_000_000)
            } else if place > 0 {
                #expect(record.id == late[place - 1].id)
                let lead = record.time.microseconds - late[place - 1].time.microseconds
                #expect(lead >= 60_000_000 && lead <= 1_260_000_000, "\(lead)")
            }
        }
    }

    @Test("A filter that is no threshold is watched by the same paths")
    func program() throws {
        let settings = WatchSettings(within: .init(microseconds: 1_200_000_000))
        var plain = try manager(settings, filter: "event.used > 90")
        var odd = try manager(settings, filter: "event.used * 2 > 180 && event.used < 1000")
        var actions = Actions()
        let expected = watches(&plain, climb(1_200), actions: &actions)
        let found = watches(&odd, climb(1_200), actions: &actions)
        #expect(!expected.isEmpty)
        #expect(found.map(\.time) == expected.map(\.time))
        #expect(found.map(\.probability) == expected.map(\.probability))
    }

    @Test("What the past taught is not announced, and makes the first warning a calibrated one")
    func history() throws {
        var manager = try manager(
            WatchSettings(within: .init(microseconds: 1_200_000_000)), filter: "event.used > 90")
        var actions = Actions()
        let events = climb(2_100)
        #expect(watches(&manager, Array(events[..<2_000]), history: true, actions: &actions).isEmpty)
        let records = watches(&manager, Array(events[2_000...]), from: 2_000, actions: &actions)
        #expect(records.first?.state == .expected)
        #expect(records.first?.isCalibrated == true)
    }

    @Test("An alarm is given by the clock alone, and ended by the event that comes after all")
    func overdue() throws {
        var manager = try manager(WatchSettings(overdue: .init(probability: 0.99)), isLive: true)
        var actions = Actions()
        let start = 1_700_000_000
        let events = (0..<50).map { #"{"t":\#(start + 10 * $0)}"# }
        let last = Timestamp(microseconds: Int64(start + 490) * 1_000_000)
        #expect(watches(&manager, events, now: last, actions: &actions).isEmpty)
        actions.removeAll()
        manager.process(.tick, now: Timestamp(microseconds: last.microseconds + 9_000_000), into: &actions)
        #expect(Self.records(actions).isEmpty)
        manager.process(.tick, now: Timestamp(microseconds: last.microseconds + 14_000_000), into: &actions)
        let alarm = try #require(Self.records(actions).first)
        #expect(alarm.state == .overdue && alarm.probability == 0.99 && alarm.isCalibrated)
        let records = watches(
            &manager, [#"{"t":\#(start + 505)}"#], from: 50,
            now: Timestamp(microseconds: last.microseconds + 15_000_000),
            actions: &actions)
        #expect(records.map(\.state) == [.resumed])
        #expect(records.first?.id == alarm.id)
    }

    @Test("A key that stays away is waited for ten median gaps, then it has ended")
    func ended() throws {
        var manager = try manager(WatchSettings(overdue: .init(probability: 0.9)), key: [FieldPath("k")])
        var actions = Actions()
        var events: [String] = []
        for index in 0..<400 {
            let time = 1_700_000_000 + 10 * index
            events.append(#"{"t":\#(time),"k":"stays"}"#)
            if index < 100 { events.append(#"{"t":\#(time + 1),"k":"goes"}"#) }
        }
        let records = watches(&manager, events, actions: &actions).filter { $0.key == Array("goes".utf8) }
        #expect(records.map(\.state) == [.overdue, .ended])
        #expect(records.last?.reason == .silence)
        #expect(records[1].time.microseconds - records[0].time.microseconds == 100_000_000)
    }

    @Test("A stream whose keys all stay away is overdue as a whole, once, until anything comes")
    func whole() throws {
        var manager = try manager(WatchSettings(overdue: .init(probability: 0.99)), key: [FieldPath("k")], isLive: true)
        var actions = Actions()
        let start = 1_700_000_000
        func events(_ range: Range<Int>, _ keys: [String]) -> [String] {
            range.flatMap { number in keys.map { #"{"t":\#(start + 10 * number),"k":"\#($0)"}"# } }
        }
        func time(_ seconds: Int) -> Timestamp { Timestamp(microseconds: Int64(start + seconds) * 1_000_000) }
        // One key stays away: that is no silence of the stream.
        var records = watches(&manager, events(0..<50, ["a", "b", "c"]), now: time(490), actions: &actions)
        records += watches(&manager, events(50..<60, ["a", "b"]), from: 150, now: time(590), actions: &actions)
        #expect(records.map { String(decoding: $0.key, as: UTF8.self) } == ["c"])
        actions.removeAll()
        manager.process(.tick, now: time(605), into: &actions)
        let silent = Self.records(actions)
        #expect(silent.filter(\.isWhole).map(\.state) == [.overdue])
        let alarm = try #require(silent.filter(\.isWhole).first)
        #expect(alarm.key.isEmpty && alarm.isCalibrated && alarm.probability == 0.99)
        #expect(alarm.windowEnd > time(600) && alarm.windowEnd <= time(604))
        #expect(manager.openWatches(stream: "s").filter(\.isWhole).map(\.id) == [alarm.id])
        // Handed over, it is under way still.
        let snapshot = try manager.snapshot(stream: "s")
        actions.removeAll()
        try manager.restore(snapshot, stream: "s", into: &actions)
        #expect(Self.records(actions).isEmpty)
        let after = watches(&manager, events(61..<62, ["new"]), from: 170, now: time(610), actions: &actions)
        #expect(after.filter(\.isWhole).map(\.id) == [alarm.id])
        #expect(after.filter(\.isWhole).map(\.state) == [.resumed])
    }

    @Test("A stream of one key is not told twice to be overdue, and a whole stream is given up in the end")
    func wholeEnds() throws {
        for keys in [["a"], ["a", "b"]] {
            var manager = try manager(
                WatchSettings(overdue: .init(probability: 0.9)), key: [FieldPath("k")], isLive: true)
            var actions = Actions()
            let start = 1_700_000_000
            let events = (0..<50).flatMap { number in
                keys.map { #"{"t":\#(start + 10 * number),"k":"\#($0)"}"# }
            }
            let last = Timestamp(microseconds: Int64(start + 490) * 1_000_000)
            #expect(watches(&manager, events, now: last, actions: &actions).isEmpty)
            actions.removeAll()
            for seconds in [30, 4_000] {
                let now = Timestamp(microseconds: last.microseconds + Int64(seconds) * 1_000_000)
                manager.process(.tick, now: now, into: &actions)
            }
            let whole = Self.records(actions).filter(\.isWhole)
            #expect(whole.map(\.state) == (keys.count == 1 ? [] : [.overdue, .ended]))
            #expect(Self.records(actions).filter { !$0.isWhole }.count == 2 * keys.count)
            if let end = whole.last { #expect(end.reason == .silence && end.time == end.deadline) }
        }
    }

    @Test("Whatever is open ends when the request goes, its filter changes, or the input ends")
    func closing() throws {
        for ending in ["remove", "update", "end"] {
            var manager = try manager(
                WatchSettings(within: .init(microseconds: 1_200_000_000)), filter: "event.used > 90")
            var actions = Actions()
            let records = watches(&manager, climb(1_991), actions: &actions)
            let open = try #require(records.last)
            #expect(open.state == .expected)
            actions.removeAll()
            switch ending {
            case "remove": try manager.removeTailRequest(TailRequestID(1), into: &actions)
            case "update": try manager.updateTailRequest(TailRequestID(1), filter: "event.used > 95", into: &actions)
            default: manager.endOfInput(stream: "s", into: &actions)
            }
            let ends = Self.records(actions)
            #expect(ends.map(\.id) == [open.id])
            #expect(ends.map(\.state) == [.averted])
        }
    }

    private struct Handover: ~Copyable {
        var manager: PredictiveBufferManager
        var open: OpenWatch
        let told: [WatchRecord]
    }

    /// Two managers of one stream: the first is watched until something is under way, the second begins with it.
    private func handOver(
        filter: String = "event.used > 90", change: (inout OpenWatch) -> Void = { _ in }
    ) throws -> Handover {
        let settings = WatchSettings(within: .init(microseconds: 1_200_000_000))
        var first = try manager(settings, filter: "event.used > 90")
        var actions = Actions()
        let last = try #require(watches(&first, climb(1_991), actions: &actions).last)
        var open = try #require(first.openWatches(stream: "s").first)
        #expect(open.id == last.id && open.deadline == last.windowEnd)
        change(&open)
        var second = try manager(settings, filter: filter)
        actions.removeAll()
        second.resumeWatches([open], stream: "s", into: &actions)
        return Handover(manager: second, open: open, told: Self.records(actions))
    }

    @Test("A watch that is handed over ends with the next match, or with its window")
    func handedOver() throws {
        var actions = Actions()
        for (events, state, reason) in [
            (climb(1_995), WatchRecord.State.came, nil),
            ([#"{"t":\#(1_700_000_000 + 60 * 2_100),"used":1}"#], .averted, WatchRecord.Reason.window),
        ] {
            var handover = try handOver()
            let id = handover.open.id
            #expect(handover.told.isEmpty)
            #expect(handover.manager.openWatches(stream: "s").map(\.id) == [id])
            let records = watches(&handover.manager, Array(events.suffix(4)), actions: &actions)
            #expect(records.map(\.state) == [state])
            #expect(records.first?.reason == reason)
            #expect(records.first?.id == id)
            #expect(handover.manager.openWatches(stream: "s").isEmpty)
        }
    }

    @Test("A watch that missed its match, its filter's change, or a place ends when it is handed over")
    func handedOverTooLate() throws {
        let early = OpenWatch.Match(time: Timestamp(microseconds: 1), position: Position(sequence: 7))
        let late = OpenWatch.Match(time: .latest, position: Position(sequence: 7))
        let cases: [((inout OpenWatch) -> Void, WatchRecord.State, WatchRecord.Reason?)] = [
            ({ $0.match = early }, .came, nil), ({ $0.match = late }, .averted, .window),
            ({ $0.isOutdated = true }, .averted, .filter),
        ]
        for (change, state, reason) in cases {
            let handover = try handOver(change: change)
            let (told, id) = (handover.told, handover.open.id)
            #expect(told.map(\.state) == [state])
            #expect(told.first?.reason == reason && told.first?.id == id)
            #expect(handover.manager.openWatches(stream: "s").isEmpty)
        }
        var handover = try handOver()
        var actions = Actions()
        handover.open.id += 1
        let id = handover.open.id
        handover.manager.resumeWatches([handover.open], stream: "s", into: &actions)
        #expect(Self.records(actions).map(\.id) == [id])
        #expect(Self.records(actions).first?.reason == .restart)
    }

    @Test("Models that are put in the place of others leave watches under way")
    func restored() throws {
        let settings = WatchSettings(within: .init(microseconds: 1_200_000_000))
        var manager = try manager(settings, filter: "event.used > 90")
        var actions = Actions()
        let last = try #require(watches(&manager, climb(1_991), actions: &actions).last)
        #expect(last.state == .expected)
        let snapshot = try manager.snapshot(stream: "s")
        actions.removeAll()
        try manager.restore(snapshot, stream: "s", into: &actions)
        #expect(Self.records(actions).isEmpty)
        let records = watches(&manager, Array(climb(1_996)[1_991...]), from: 1_991, actions: &actions)
        #expect(records.map(\.id) == [last.id])
        #expect(records.map(\.state) == [.came])
        // Nothing is looked at twice when its window is over.
        #expect(watches(&manager, Array(climb(2_050)[1_996...]), from: 1_996, actions: &actions).isEmpty)
    }

    @Test("Settings outside their range are refused with their name")
    func refused() throws {
        for watch in [
            WatchSettings(within: .init(microseconds: 0)),
            WatchSettings(within: .init(microseconds: 1, probability: 1)),
            WatchSettings(within: .init(microseconds: 1 << 58)),
            WatchSettings(overdue: .init(probability: 0.2)),
        ] {
            #expect(throws: ForetailError.self) { _ = try manager(watch) }
        }
    }
}
