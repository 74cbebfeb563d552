import FieldExtraction
import FilterLanguage
import Testing

@testable import Foretail

@Suite("Surprise") struct SurpriseTests {
    private func manager(
        _ settings: PredictionSettings?, filter: FilterText? = nil
    ) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: .init(seed: 1))
        var descriptor = StreamDescriptor(name: "s")
        descriptor.time = FieldPath("t")
        try manager.describeStream(descriptor)
        _ = try manager.registerTailRequest(
            streamName: "s", filter: filter, destination: DestinationID(1), prediction: settings)
        return manager
    }

    private func steady(_ index: Int) -> String {
        #"{"t":\#(1_700_000_000 + index),"state":"\#(["start", "run", "stop"][index % 3])"}"#
    }

    /// Processes events; the strange ones take the place of steady ones.
    private func run(
        _ manager: inout PredictiveBufferManager, _ range: Range<Int>, strange: [Int: String] = [:]
    ) -> Actions {
        var batch = EventBatch(stream: "s")
        for index in range {
            batch.append(strange[index] ?? steady(index), at: Position(sequence: UInt64(index + 1)))
        }
        var actions = Actions()
        manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
        return actions
    }

    private func gaps(_ actions: Actions) -> [Actions.Gap] {
        actions.items.compactMap { if case .gap(let gap, _, _) = $0 { gap } else { nil } }
    }

    private func forwards(_ actions: Actions) -> Int {
        actions.items.count { if case .forward = $0 { true } else { false } }
    }

    @Test("what repeats costs little, a value never seen and a field that is missing cost much")
    func bits() throws {
        var manager = try manager(PredictionSettings())
        _ = run(&manager, 0..<600)
        let strange = [
            610: #"{"t":1700000610,"state":"on fire"}"#, 620: #"{"t":1700000620}"#,
            630: #"{"t":1700000690,"state":"start"}"#,
        ]
        let surprises = run(&manager, 600..<640, strange: strange).events.map { $0.surprise ?? -1 }
        #expect(surprises[5] >= 0 && surprises[5] < 2, "\(surprises[5])")
        #expect(surprises[10] > 8, "a new value: \(surprises[10])")
        #expect(surprises[20] > 8, "a missing field: \(surprises[20])")
        #expect(surprises[30] > 3, "an arrival a minute late: \(surprises[30])")
    }

    @Test("what is expected is held back and told in gaps, what is not is forwarded; nothing is lost")
    func heldBack() throws {
        var settings = PredictionSettings.surpriseOnly
        settings.leastSurprise = 6
        var manager = try manager(settings)
        let early = run(&manager, 0..<128)
        #expect(forwards(early) == 128 && gaps(early).isEmpty, "nothing is held back while little is learned")
        _ = run(&manager, 128..<600)
        var actions = run(&manager, 600..<700, strange: [650: #"{"t":1700000650,"state":"on fire"}"#])
        manager.endOfInput(stream: "s", into: &actions)
        let told = gaps(actions)
        #expect(told.allSatisfy { $0.reason == "expected" && $0.from <= $0.to })
        #expect(forwards(actions) >= 1 && forwards(actions) < 20)
        // The first gap may reach back before these events.
        let last = told.reduce(0) { $0 + $1.count }
        #expect(last + forwards(actions) >= 100)
        let strange = actions.items.firstIndex {
            if case .forward(let forward) = $0 { actions.events[forward.event].position.sequence == 651 } else { false }
        }
        let before = try #require(strange)
        #expect(before > 0)
        if case .gap(let gap, _, _) = actions.items[before - 1] {
            #expect(gap.to.sequence == 650)
        } else {
            Issue.record("the gap is told before the event that ends it")
        }
    }

    @Test("a gap is told at least once a minute of event time")
    func everyMinute() throws {
        var settings = PredictionSettings.surpriseOnly
        settings.leastSurprise = 1_000
        var manager = try manager(settings)
        _ = run(&manager, 0..<400)
        let told = gaps(run(&manager, 400..<1_000))
        #expect(told.count == 10)
        #expect(told.allSatisfy { $0.count == 60 })
    }

    @Test("where anything may come nothing is a surprise but what is not like that")
    func noise() throws {
        var manager = try manager(PredictionSettings())
        var state: UInt64 = 1
        func line(_ index: Int) -> String {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let (page, code) = (state >> 56 & 63, state >> 40 & 15 == 0 ? 404 : 200)
            return #"{"t":\#(1_700_000_000 + index),"page":"p\#(page)","code":\#(code)}"#
        }
        var lines: [Int: String] = [:]
        for index in 0..<2_000 { lines[index] = line(index) }
        lines[1_900] = #"{"t":1700001900,"page":"p1","code":999}"#
        let surprises = run(&manager, 0..<2_000, strange: lines).events.map { $0.surprise ?? -1 }
        let usual = surprises[1_000..<1_900].sorted()
        #expect(usual[450] < 4, "six bits of a page that nobody could know: \(usual[450])")
        #expect(usual[880] < 12, "a code of every sixteenth event: \(usual[880])")
        #expect(surprises[1_900] >= 10, "a code that never came: \(surprises[1_900])")
    }

    @Test("a filter may read the surprise, though nobody asks for predictions")
    func filter() throws {
        var manager = try manager(nil, filter: .cel("meta.surprise >= 8.0"))
        _ = run(&manager, 0..<600)
        let actions = run(&manager, 600..<640, strange: [620: #"{"t":1700000620,"state":"on fire"}"#])
        #expect(actions.events.map(\.position.sequence) == [621])
        #expect(actions.items.allSatisfy { if case .announce = $0 { false } else { true } })
    }
}
