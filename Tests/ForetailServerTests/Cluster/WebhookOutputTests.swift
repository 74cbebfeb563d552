#if Server && NATS
import FieldExtraction
import Foretail
import HTTPTypes
import Testing

@testable import ForetailNATS
@testable import ForetailServer

/// What a webhook's owner sends, and what the next owner makes of it.
struct WebhookOutputTests {
    private let request = TailRequestID(7)

    private func destination(records: Int = 3) throws -> WebhookDestination {
        var destination = WebhookDestination(url: try WebhookURL("https://hooks.example.com/in", field: "url"))
        destination.batchRecords = records
        return destination
    }

    private func output(records: Int = 3, salt: UInt8 = 1) throws -> WebhookOutput {
        WebhookOutput(request, try destination(records: records), salt: [salt])
    }

    /// Messages of the output with so many records each, the first at a sequence.
    private func batch(_ records: [Int], from sequence: UInt64 = 1) -> MessageBatch {
        var batch = MessageBatch()
        for (index, count) in records.enumerated() {
            let sequence = sequence + UInt64(index)
            var text = #"{"through":"0:1-\#(sequence * 10 + 9)","epoch":1}"# + "\n"
            for number in 0..<count {
                text += #"{"kind":"event","position":"0:1-\#(sequence * 10 + UInt64(number))","event":{}}"# + "\n"
            }
            let start = batch.bytes.count
            batch.bytes += Array(text.utf8)
            batch.messages.append(
                MessageBatch.Message(
                    subject: 0..<0, payload: start..<batch.bytes.count, header: 0..<0, sequence: sequence,
                    nanoseconds: 0, pending: 0))
        }
        return batch
    }

    private func ids(_ cut: WebhookOutput.Cut) throws -> [String] {
        let events = try #require(try JSONValue(parsing: cut.body).list)
        return events.compactMap { $0["id"]?.string }
    }

    @Test("Batches are cut in order, up to so many records, over messages and within them")
    func cutting() throws {
        var output = try output()
        output.take(batch([2, 4, 1]), behind: nil)
        var found: [[String]] = []
        var ends: [OutputCursor] = []
        while let cut = output.cut(now: Timestamp(microseconds: 5)) {
            found.append(try ids(cut))
            ends.append(cut.batch.last)
            #expect(cut.batch.started.microseconds == 5 && cut.batch.records == found.last?.count)
        }
        #expect(found == [["0:1-10", "0:1-11", "0:1-20"], ["0:1-21", "0:1-22", "0:1-23"], ["0:1-30"]])
        // The end of a message is the end of all of it: reading goes on with the next one.
        #expect(ends.map(\.description) == ["o-2-1", "o-2-999999", "o-3-999999"])
        #expect(WebhookOutput.start(behind: ends[0]) == 2 && WebhookOutput.start(behind: ends[1]) == 3)
        #expect(WebhookOutput.start(behind: nil) == nil)
    }

    @Test("Behind a place within a message, the rest of that message follows")
    func resuming() throws {
        var output = try output(records: 10)
        output.take(batch([4, 1], from: 2), behind: OutputCursor(sequence: 2, seen: 3))
        let cutCut = output.cut(now: .init(microseconds: 0))
        let cut = try #require(cutCut)
        #expect(try ids(cut) == ["0:1-23", "0:1-30"])
    }

    @Test(
        "Whoever takes over cuts the same batch, byte by byte and under the same id, though more has come and limits differ"
    )
    func takeover() throws {
        var before = try output(records: 3)
        before.take(batch([2, 4]), behind: nil)
        _ = before.cut(now: .init(microseconds: 0))
        let keptCut = before.cut(now: .init(microseconds: 9))
        let kept = try #require(keptCut)
        var after = try output(records: 100)
        after.take(batch([4], from: 2), behind: OutputCursor(sequence: 2, seen: 1))
        after.take(batch([5, 5], from: 3), behind: OutputCursor(sequence: 2, seen: 1))
        guard case .same(let again) = after.cut(again: kept.batch) else {
            Issue.record("it is not the same")
            return
        }
        #expect(again.batch == kept.batch && again.body == kept.body)
        let following = after.cut(now: .init(microseconds: 0))
        #expect(try ids(try #require(following)).first == "0:1-30", "what follows, follows")
    }

    @Test("A batch is waited for while not all of it was read")
    func incomplete() throws {
        var before = try output(records: 5)
        before.take(batch([2, 2, 1]), behind: nil)
        let keptCut = before.cut(now: .init(microseconds: 0))
        let kept = try #require(keptCut)
        var after = try output(records: 5)
        after.take(batch([2, 2]), behind: nil)
        guard case .incomplete = after.cut(again: kept.batch) else {
            Issue.record("it is not all there")
            return
        }
        after.take(batch([1], from: 3), behind: nil)
        guard case .same(let again) = after.cut(again: kept.batch) else {
            Issue.record("now it is")
            return
        }
        #expect(again.batch.message == kept.batch.message)
    }

    @Test("Where the output has forgotten some of a batch, the id is another one, and the gap is told first")
    func forgotten() throws {
        var before = try output(records: 4)
        before.take(batch([2, 2]), behind: nil)
        let keptCut = before.cut(now: .init(microseconds: 0))
        let kept = try #require(keptCut)
        var after = try output(records: 4)
        var rest = batch([2, 3], from: 2)
        rest.gaps = [.init(from: 1, through: 1, before: 0, isExact: false)]
        after.take(rest, behind: nil)
        guard case .changed = after.cut(again: kept.batch) else {
            Issue.record("it cannot be the same")
            return
        }
        let gapCut = after.cut(now: .init(microseconds: 3))
        let gap = try #require(gapCut)
        #expect(gap.batch.isGap && String(decoding: gap.body, as: UTF8.self).contains(#""type":"foretail.gap""#))
        let eventsCut = after.cut(now: .init(microseconds: 3))
        let events = try #require(eventsCut)
        #expect(try ids(events).first == "0:1-20" && events.batch.message != kept.batch.message)
        // The next owner tells of the same gap in the same words.
        var next = try output(records: 4)
        next.take(rest, behind: nil)
        guard case .same(let told) = next.cut(again: gap.batch) else {
            Issue.record("the gap is not the same")
            return
        }
        #expect(told.body == gap.body && told.batch == gap.batch)
        let restCut = next.cut(now: .init(microseconds: 0))
        #expect(try ids(try #require(restCut)).first == "0:1-20")
    }

    @Test("Ids are those of the tail request: the same output of another one has others")
    func salts() throws {
        var (left, right) = (try output(salt: 1), try output(salt: 2))
        left.take(batch([1]), behind: nil)
        right.take(batch([1]), behind: nil)
        #expect(
            left.cut(now: .init(microseconds: 0))?.batch.message
                != right.cut(now: .init(microseconds: 0))?.batch.message)
    }

    @Test("A mark is read as it was written")
    func marks() throws {
        var mark = WebhookMark(epoch: 3, node: "n1")
        #expect(WebhookMark(mark.bytes) == mark)
        mark.cursor = OutputCursor(sequence: 9, seen: 4)
        mark.batch = .init(
            message: "msg_1", first: .init(sequence: 9, seen: 5), last: .init(sequence: 11, seen: 1), records: 7,
            started: Timestamp(microseconds: 1_700_000_000_000_000))
        #expect(WebhookMark(mark.bytes) == mark)
        mark.batch?.isGap = true
        mark.stopped = "hooks.example.com:443 wants no more"
        mark.stoppedAt = 2
        #expect(WebhookMark(mark.bytes) == mark)
        for text in ["", "{}", "[1]", #"{"epoch":1}"#, #"{"epoch":1,"node":"n","batch":{}}"#] {
            #expect(WebhookMark(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("A request remembers how often it was sent elsewhere, and its document shows no secret")
    func requests() throws {
        var definition = try RequestDefinition(
            try JSONValue(
                parsing: Array(
                    #"{"stream":"s","destination":{"type":"webhook","url":"https://hooks.example.com/in","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}}"#
                        .utf8)))
        try ClusterRequest.check(definition)
        #expect(definition.takeSecret() != nil)
        var request = ClusterRequest(id: request, change: 1, definition: definition)
        request.redirects = 3
        let read = try #require(ClusterRequest(request.stored, id: request.id, revision: 1))
        #expect(read.redirects == 3 && read.definition.isWebhook)
        for bytes in [request.stored, request.control, request.document.bytes] {
            #expect(!String(decoding: bytes, as: UTF8.self).contains("whsec_"))
        }
    }

    @Test("Predictions are not sent to webhooks in a cluster, and files are not written")
    func refused() throws {
        for destination in [
            #"{"type":"webhook","url":"https://hooks.example.com/in","deliver":["predictions"]}"#,
            #"{"type":"file","path":"a.ndjson"}"#,
        ] {
            let definition = try RequestDefinition(
                try JSONValue(parsing: Array(#"{"stream":"s","destination":\#(destination)}"#.utf8)))
            #expect(throws: Problem.self) { try ClusterRequest.check(definition) }
        }
    }
}
#endif
