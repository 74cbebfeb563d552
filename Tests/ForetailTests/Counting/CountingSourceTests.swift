import FieldExtraction
import FilterLanguage
import ForetailTesting
import Testing

@testable import Foretail

@Suite("CountingSource") struct CountingSourceTests {
    private typealias Counts = CountingSource<ScriptedSource, ManualClock>

    /// The settings of counts per minute.
    private func minutes(by: [String] = [], _ change: (inout CountSettings) -> Void = { _ in }) -> CountSettings {
        var settings = CountSettings(windowMicroseconds: 60_000_000)
        settings.by = by.map { FieldPath($0) }
        change(&settings)
        return settings
    }

    private func stream(_ change: (inout StreamDescriptor) -> Void = { _ in }) -> StreamDescriptor {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.time = FieldPath("at")
        change(&descriptor)
        return descriptor
    }

    private func counts(
        _ script: [ScriptedSource.Entry], of descriptor: StreamDescriptor? = nil, filter: FilterText? = nil,
        settings: CountSettings? = nil, clock: ManualClock = ManualClock()
    ) throws(ForetailError) -> Counts {
        try CountingSource(
            ScriptedSource(script), of: descriptor ?? stream(), filter: filter, settings: settings ?? minutes(),
            clock: clock)
    }

    /// Everything the source gives, read to its end.
    private func all(_ source: inout Counts, problems: inout [String]) async throws -> [String] {
        var lines: [String] = []
        var batch = EventBatch(stream: "s")
        var state = SourceState.ready
        while state != .end {
            batch.removeAll()
            state = try await source.read(into: &batch, waitingAtMost: 0)
            lines += batch.texts
            problems += batch.problems.map(\.message)
        }
        return lines
    }

    private func all(_ source: inout Counts) async throws -> [String] {
        var problems: [String] = []
        return try await all(&source, problems: &problems)
    }

    private func refusal(_ body: () throws(ForetailError) -> Void) -> String? {
        do throws(ForetailError) {
            try body()
            return nil
        } catch {
            return error.message
        }
    }

    @Test("matching events become one count per key and window, zeros included, stamped with the window's end")
    func byField() async throws {
        var source = try counts(
            [
                .end([
                    #"{"at":0,"path":"/a","status":500}"#, #"{"at":59,"path":"/a","status":503}"#,
                    #"{"at":60,"path":"/b","status":500}"#, #"{"at":61,"path":"/a","status":200}"#,
                    #"{"at":130,"path":"/a","status":500}"#,
                ])
            ], filter: "event.status >= 500", settings: minutes(by: ["path"]))
        #expect(
            try await all(&source) == [
                #"{"time":"1970-01-01T00:01:00Z","count":2,"path":"/a"}"#,
                #"{"time":"1970-01-01T00:02:00Z","count":0,"path":"/a"}"#,
                #"{"time":"1970-01-01T00:02:00Z","count":1,"path":"/b"}"#,
                #"{"time":"1970-01-01T00:03:00Z","count":1,"path":"/a"}"#,
                #"{"time":"1970-01-01T00:03:00Z","count":0,"path":"/b"}"#,
            ])
        #expect(source.status.events == 5)
        #expect(source.status.counted == 4)
        #expect(source.status.keys == 2)
    }

    @Test("without a key the series begins with the stream, and ends with it, whether its events match or not")
    func withoutKey() async throws {
        var source = try counts(
            [.end([#"{"at":0,"v":1}"#, #"{"at":70,"v":9}"#, #"{"at":125,"v":1}"#])], filter: "event.v > 5")
        #expect(
            try await all(&source) == [
                #"{"time":"1970-01-01T00:01:00Z","count":0}"#, #"{"time":"1970-01-01T00:02:00Z","count":1}"#,
                #"{"time":"1970-01-01T00:03:00Z","count":0}"#,
            ])
    }

    @Test("an event counts as long as it is late by no more than the lateness; a later one is counted apart")
    func lateness() async throws {
        let events = [#"{"at":100}"#, #"{"at":149}"#, #"{"at":30}"#, #"{"at":150}"#, #"{"at":31}"#, #"{"at":90}"#]
        var source = try counts([.end(events)], of: stream { $0.latenessMicroseconds = 90_000_000 })
        // At 149 the first minute is still open, at 150 it is not.
        #expect(
            try await all(&source) == [
                #"{"time":"1970-01-01T00:01:00Z","count":1}"#, #"{"time":"1970-01-01T00:02:00Z","count":2}"#,
                #"{"time":"1970-01-01T00:03:00Z","count":2}"#,
            ])
        #expect(source.status.late == 1)
        #expect(source.status.counted == 5)
    }

    /// The counts by a way of its own: everything is held, and windows are looked at one by one.
    private func reference(_ events: [(at: Int, key: Int)], lateness: Int) -> [String] {
        var cells: [Int: [Int: Int]] = [:]
        var order: [Int] = []
        var clock = Int.min
        for event in events {
            defer { clock = max(clock, event.at) }
            if clock > .min, (event.at / 10 + 1) * 10 <= clock - lateness { continue }
            if cells[event.key] == nil { order.append(event.key) }
            cells[event.key, default: [:]][event.at / 10, default: 0] += 1
        }
        var lines: [String] = []
        for window in 0...clock / 10 {
            for key in order {
                guard let first = cells[key]!.keys.min(), first <= window else { continue }
                let end = Timestamp(microseconds: Int64(window + 1) * 10_000_000)
                lines.append(#"{"time":"\#(end)","count":\#(cells[key]![window] ?? 0),"k":\#(key)}"#)
            }
        }
        return lines
    }

    @Test("what comes out depends on the events, not on their batches", arguments: 0..<12 as Range<UInt64>)
    func batches(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let lateness = Int.random(in: 0...40, using: &generator)
        var now = 0
        let events = (0..<300).map { _ in
            now += Int.random(in: 0...8, using: &generator)
            let behind = Int.random(in: 0...60, using: &generator)
            return (at: max(0, now - behind), key: Int.random(in: 0...4, using: &generator))
        }
        var rest = events.map { #"{"at":\#($0.at),"k":\#($0.key)}"# }[...]
        var script: [ScriptedSource.Entry] = []
        while !rest.isEmpty {
            let count = Int.random(in: 0...40, using: &generator)
            script.append(count == 0 ? .idle : .events(Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        var settings = minutes(by: ["k"])
        settings.windowMicroseconds = 10_000_000
        let descriptor = stream { $0.latenessMicroseconds = Int64(lateness) * 1_000_000 }
        var source = try counts(script, of: descriptor, settings: settings)
        let told = try await all(&source)
        #expect(told == reference(events, lateness: lateness))
        #expect(source.status.counted + source.status.late == 300)
    }

    @Test(
        "on a silent live pipe windows close by the wall clock; with event time alone they wait",
        arguments: [true, false])
    func silence(isWall: Bool) async throws {
        let clock = ManualClock(Timestamp(microseconds: 100_000_000))
        var source = try counts(
            [.events([#"{"at":90}"#]), .idle, .idle, .idle, .events([#"{"at":91}"#])],
            of: stream {
                $0.isLive = true
                $0.clock = isWall ? .automatic : .event
            }, clock: clock)
        var batch = EventBatch(stream: "s")
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == .ready)
        // 30 s to the end of the window, and the grace of a second.
        clock.advance(microseconds: 30_999_999)
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == .idle)
        clock.advance(microseconds: 1)
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == (isWall ? .ready : .idle))
        clock.advance(microseconds: 60_000_000)
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == (isWall ? .ready : .idle))
        let told = [#"{"time":"1970-01-01T00:02:00Z","count":1}"#, #"{"time":"1970-01-01T00:03:00Z","count":0}"#]
        #expect(batch.texts == (isWall ? told : []))
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == .ready)
        #expect(source.status.late == (isWall ? 1 : 0))
    }

    @Test("an event stamped far ahead of the wall clock closes nothing and is not counted")
    func farFuture() async throws {
        let clock = ManualClock(Timestamp(microseconds: 0))
        var source = try counts(
            [.end([#"{"at":10}"#, #"{"at":90000}"#, #"{"at":20}"#])], of: stream { $0.isLive = true }, clock: clock)
        #expect(try await all(&source) == [#"{"time":"1970-01-01T00:01:00Z","count":2}"#])
        #expect(source.status.farFuture == 1)
    }

    @Test("keys are told apart by their text, and stand in the count as they stood in their first event")
    func keys() async throws {
        let events = [
            #"{"at":1,"a":{"b":"x\"y","c":null},"n":5}"#, #"{"at":2,"a":{"b":"x\"y"},"n":"5"}"#,
            #"{"at":3,"a":{"b":"x","c":"\"y5"}}"#, #"{"at":4,"n":true,"a":{"c":[1, 2]}}"#, #"{"at":5}"#,
            #"{"at":6,"a":{"b":""}}"#,
        ]
        var source = try counts([.end(events)], settings: minutes(by: ["a.b", "n", "a.c"]))
        let told = try await all(&source)
        #expect(
            told == [
                #"{"time":"1970-01-01T00:01:00Z","count":2,"a":{"b":"x\"y"},"n":5}"#,
                #"{"time":"1970-01-01T00:01:00Z","count":1,"a":{"b":"x","c":"\"y5"}}"#,
                #"{"time":"1970-01-01T00:01:00Z","count":1,"n":true,"a":{"c":[1, 2]}}"#,
                #"{"time":"1970-01-01T00:01:00Z","count":1}"#,
                #"{"time":"1970-01-01T00:01:00Z","count":1,"a":{"b":""}}"#,
            ])
        #expect(source.status.withoutKey == 1)
    }

    @Test("a value that is too long is cut between two characters, and counted with those that begin as it does")
    func longKeys() async throws {
        var limits = Limits()
        limits.keyBytes = 4
        let events = [
            #"{"at":1,"k":"abcde"}"#, #"{"at":2,"k":"abcdf"}"#, #"{"at":3,"k":"abcéf"}"#, #"{"at":4,"k":12345}"#,
        ]
        var source = try CountingSource(
            ScriptedSource([.end(events)]), of: stream(), settings: minutes(by: ["k"]), limits: limits,
            clock: ManualClock())
        let told = try await all(&source)
        #expect(
            told.map { $0.split(separator: ",").dropFirst().joined(separator: ",") } == [
                #""count":2,"k":"abcd"}"#, #""count":1,"k":"abc"}"#, #""count":1,"k":"1234"}"#,
            ])
        #expect(source.status.longKeys == 4)
    }

    @Test("the counts that one event makes due come in pieces, and all before the next event is read")
    func pieces() async throws {
        let events = (0..<9_000).map { #"{"at":1,"k":"key \#($0)"}"# } + [#"{"at":3600,"k":"key 0"}"#]
        var source = try counts([.events(events), .fail(ForetailError(.source, "read"))], settings: minutes(by: ["k"]))
        var batch = EventBatch(stream: "s")
        var total = 0
        var largest = 0
        while total < 9_000 * 60 {
            batch.removeAll()
            #expect(try await source.read(into: &batch, waitingAtMost: nil) == .ready)
            total += batch.count
            largest = max(largest, batch.bytes.count)
        }
        #expect(total == 9_000 * 60)
        #expect(largest < 300_000)
        #expect(source.source.entriesRead == 1)
    }

    @Test("events are acknowledged once they are counted and all that they closed is told")
    func acknowledgement() async throws {
        let events = (0..<9_000).map { #"{"at":1,"k":"key \#($0)"}"# } + [#"{"at":60,"k":"key 0"}"#]
        var source = try counts([.events(events), .end([])], settings: minutes(by: ["k"]))
        var batch = EventBatch(stream: "s")
        #expect(try await source.read(into: &batch, waitingAtMost: nil) == .ready)
        try await source.acknowledge()
        #expect(source.source.acknowledgements == 0)
        while try await source.read(into: &batch, waitingAtMost: nil) != .end { batch.removeAll() }
        try await source.acknowledge()
        #expect(source.source.acknowledgements == 1)
    }

    @Test("bad lines are handed on with their numbers; a strict stream stops at the first and tells no half window")
    func bad() async throws {
        let events = [#"{"at":1}"#, "{", #"{"at":2}"#]
        var problems: [String] = []
        var source = try counts([.end(events)])
        #expect(try await all(&source, problems: &problems) == [#"{"time":"1970-01-01T00:01:00Z","count":2}"#])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("line 2") == true)
        var strict = try counts([.events(events), .end(events)], of: stream { $0.stopsAtBadEvents = true })
        #expect(try await all(&strict, problems: &problems) == [])
        #expect(problems.count == 2)
        #expect(strict.status.counted == 1)
    }

    @Test("events without a time to count by are refused with the remedy; those of a live stream have their arrival")
    func withoutTime() async throws {
        var source = try counts([.end([#"{"v":1}"#])], of: stream { $0.time = nil })
        var batch = EventBatch(stream: "s")
        do {
            _ = try await source.read(into: &batch, waitingAtMost: nil)
            Issue.record("it was read")
        } catch {
            #expect(error.code == .source)
            #expect(error.message.contains("--time"))
        }
        let clock = ManualClock(Timestamp(microseconds: 5_000_000))
        var live = try counts(
            [.end([#"{"v":1}"#])],
            of: stream {
                $0.time = nil
                $0.isLive = true
            }, clock: clock)
        #expect(try await all(&live) == [#"{"time":"1970-01-01T00:01:00Z","count":1}"#])
    }

    @Test("an event without a readable time has the stream's; before there is one it is not counted")
    func unreadableTime() async throws {
        var source = try counts([.end([#"{"v":1}"#, #"{"at":70}"#, #"{"at":"soon"}"#])])
        #expect(try await all(&source) == [#"{"time":"1970-01-01T00:02:00Z","count":2}"#])
        #expect(source.status.withoutTime == 2)
    }

    @Test("the filter knows the key, the stream and the time of an event")
    func metadata() async throws {
        let events = [#"{"at":1,"k":"a"}"#, #"{"at":2,"k":"b"}"#, #"{"at":100,"k":"a"}"#]
        var source = try counts(
            [.end(events)],
            filter: #"meta.key == "a" && meta.stream == "s" && meta.time < timestamp("1970-01-01T00:01:00Z")"#,
            settings: minutes(by: ["k"]))
        #expect(
            try await all(&source) == [
                #"{"time":"1970-01-01T00:01:00Z","count":1,"k":"a"}"#,
                #"{"time":"1970-01-01T00:02:00Z","count":0,"k":"a"}"#,
            ])
    }

    @Test(
        "settings that cannot be are refused with a sentence",
        arguments: [
            ([], 0, "1ms to 366d"), ([], 366 * 86_400_000_000 + 1, "1ms to 366d"), ([], -60_000_000, "1ms"),
            (["count"], 60_000_000, "a count has a count of its own"), (["time.x"], 60_000_000, "a time of its own"),
            (["a", "b", "a"], 60_000_000, "a and a are the same field"), (["a.b", "a"], 60_000_000, "a.b and a"),
        ] as [([String], Int64, String)])
    func refused(by: [String], window: Int64, text: String) {
        var settings = CountSettings(windowMicroseconds: window)
        settings.by = by.map { FieldPath($0) }
        let message = refusal { () throws(ForetailError) in _ = try counts([], settings: settings) }
        #expect(message?.contains(text) == true)
    }

    @Test("a filter that asks for what is not known before counting is refused", arguments: ["surprise", "position"])
    func unknownMetadata(name: String) {
        let message = refusal { () throws(ForetailError) in
            _ = try counts([], filter: FilterText(stringLiteral: "meta.\(name) == 1"))
        }
        #expect(message?.contains("meta.\(name)") == true)
    }

    @Test("counts are events like any other: filtered and predicted, and the filter is held against what counts have")
    func pipeline() async throws {
        // Every third minute has 5 events, the others have 1.
        var events: [String] = []
        for minute in 0..<400 {
            for second in 0..<(minute % 3 == 0 ? 5 : 1) { events.append(#"{"at":\#(minute * 60 + second)}"#) }
        }
        let source = try counts([.events(events), .end([])])
        var manager = PredictiveBufferManager()
        try manager.describeStream(source.descriptor)
        let message = refusal { () throws(ForetailError) in
            _ = try manager.registerTailRequest(
                streamName: "s", filter: "event.status > 1", destination: DestinationID(0))
        }
        #expect(message?.contains("event.status") == true)
        let id = try manager.registerTailRequest(
            streamName: "s", filter: "event.count > 3", destination: DestinationID(0))
        var pipeline = Pipeline(
            stream: "s", manager: manager, source: source, log: PassingLog(), destination: RecordingDestination(),
            renderer: NDJSONRenderer(), clock: ManualClock())
        var observer = Silent()
        try await pipeline.run(observer: &observer)
        let lines = pipeline.destination.lines()
        let forwarded = lines.filter { $0.hasPrefix(#"{"kind":"event""#) }
        #expect(forwarded.count == 134)
        #expect(
            forwarded[1].contains(#""time":"1970-01-01T00:04:00Z","event":{"time":"1970-01-01T00:04:00Z","count":5}"#))
        let hits = pipeline.manager.bufferStatus(for: id)?.hits
        #expect(hits ?? 0 > 50)
    }

    private struct Silent: PipelineObserver {
        mutating func completed(
            _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager,
            now: Timestamp
        ) {}
    }
}

extension EventBatch {
    /// The events' JSON texts.
    fileprivate var texts: [String] { frames.map { String(decoding: bytes[$0.body], as: UTF8.self) } }
}
