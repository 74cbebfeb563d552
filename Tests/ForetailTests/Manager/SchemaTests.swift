import FilterLanguage
import Testing

@testable import Foretail

@Suite("Schema of a stream") struct SchemaTests {
    private func manager(_ schema: String?) throws -> PredictiveBufferManager {
        var manager = PredictiveBufferManager()
        var descriptor = StreamDescriptor(name: "s")
        descriptor.schema = try schema.map { try EventSchema($0) }
        try manager.describeStream(descriptor)
        return manager
    }

    private func register(
        _ filter: FilterText, on manager: inout PredictiveBufferManager
    ) throws(ForetailError) -> TailRequestID {
        try manager.registerTailRequest(streamName: "s", filter: filter, destination: DestinationID(1), prediction: nil)
    }

    private func findings(
        _ id: TailRequestID, of manager: borrowing PredictiveBufferManager
    ) -> [FilterFinding.Severity] {
        manager.filterFindings(for: id).map(\.severity)
    }

    @Test("A filter that no event of a declared schema can match is refused, in either dialect, with its place")
    func declared() throws {
        var manager = try manager("cpu:number,host:string")
        for (filter, place) in [
            (#"event.cpu > "90""#, "column 11"), (.pattern(#"{"cpu":["90"]}"#), "at cpu"),
            ("event.cpuu > 90", "event.cpu?"),
        ] as [(FilterText, String)] {
            let error = #expect(throws: ForetailError.self) { try register(filter, on: &manager) }
            #expect(error?.code == .badFilter)
            #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
        }
        let registered = manager.tailRequests
        #expect(registered.isEmpty)
        let id = try register("event.cpu > 90", on: &manager)
        #expect(throws: ForetailError.self) { try manager.updateTailRequest(id, filter: "event.host > 5") }
        let kept = manager.tailRequest(id)?.filter?.source
        #expect(kept == "event.cpu > 90")
        #expect(findings(id, of: manager) == [])
    }

    @Test("An inferred schema warns after a hundred events, and follows what comes")
    func inferred() throws {
        var manager = try manager(nil)
        let id = try register(#"event.cpu > "90""#, on: &manager)
        _ = manager.records(EventBatch("s", (1...99).map { "{\"cpu\":\($0)}" }))
        let early = manager.canJudgeFilter(of: id)
        #expect(!early)
        _ = manager.records(EventBatch("s", [#"{"cpu":1}"#], first: 100))
        let later = manager.canJudgeFilter(of: id)
        #expect(later)
        #expect(findings(id, of: manager) == [.neverMatches])
        _ = manager.records(EventBatch("s", [#"{"cpu":"91"}"#], first: 101))
        #expect(findings(id, of: manager) == [])
    }

    @Test("A request that reads a further field is judged by events from then on")
    func furtherFields() throws {
        var manager = try manager(nil)
        _ = try register("event.a == 1", on: &manager)
        let events = (1...2_000).map { "{\"a\":1,\"b\":\"x\($0)\"}" }
        _ = manager.records(EventBatch("s", events))
        let id = try register("event.b == 5", on: &manager)
        #expect(findings(id, of: manager) == [])
        _ = manager.records(EventBatch("s", events, first: 2_001))
        #expect(findings(id, of: manager) == [.neverMatches])
    }

    @Test("A CSV column is of the kind that is declared")
    func columns() throws {
        var descriptor = StreamDescriptor(name: "s")
        descriptor.schema = try EventSchema("id:string,v:number,w:number|string")
        var framer = LineFramer(descriptor, limits: Limits().scan)
        var batch = EventBatch(stream: "s")
        batch.bytes = Array("id,v,w\n12,x,1\n13,5,2\n".utf8)
        _ = try framer.frame(filled: batch.bytes.count, isEnd: true, batch: &batch)
        let bodies = batch.frames.map { String(decoding: batch.bytes[$0.body], as: UTF8.self) }
        #expect(bodies == [#"{"id":"12","v":"x","w":1}"#, #"{"id":"13","v":5,"w":2}"#])
    }
}
