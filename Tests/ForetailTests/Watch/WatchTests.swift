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
