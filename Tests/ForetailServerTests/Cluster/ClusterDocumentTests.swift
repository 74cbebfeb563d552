#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import HTTPTypes
import Testing

@testable import ForetailServer

/// What stands in the bucket, in cursors and in positions.
struct ClusterDocumentTests {
    @Test("A register is read as it was written")
    func registers() throws {
        let session = SessionRecord(
            incarnation: 1 << 40, instance: .max, beat: 7, phase: .leaving, address: "http://127.0.0.1:7070")
        var table = AssignmentTable(partitions: 3)
        table.assign(1, to: SessionID(node: "n1", incarnation: 9))
        table.assign(2, to: SessionID(node: "n2", incarnation: 0))
        table.release(2)
        for (key, value) in [
            (RegisterKey.members, RegisterValue.members(["n1", "n2"])), (.session("n1"), .session(session)),
            (.table("s"), .table(table)),
        ] {
            #expect(RegisterText.value(of: key, RegisterText.bytes(of: value)) == value)
        }
        #expect(table.claims[2].epoch == 1)
    }

    @Test("What is no register is none", arguments: ["", "{", "[1]", #"[{"node":"a"}]"#, #"{"beat":1}"#, "null"])
    func brokenRegisters(text: String) {
        for key in [RegisterKey.members, .session("n1"), .table("s")] {
            #expect(RegisterText.value(of: key, Array(text.utf8)) == nil)
        }
    }

    @Test("A table whose numbers are none is none")
    func brokenTable() {
        for life in ["-1", "1.5", #""x""#, "null"] {
            let text = #"[{"node":"a","incarnation":\#(life),"epoch":1}]"#
            #expect(RegisterText.value(of: .table("s"), Array(text.utf8)) == nil, "\(life)")
        }
        let text = #"[{"node":"a","incarnation":1,"epoch":4294967296}]"#
        #expect(RegisterText.value(of: .table("s"), Array(text.utf8)) == nil)
    }

    @Test("A request that is being removed says so, in the bucket and to who asks")
    func removing() throws {
        let text = #"{"stream":"s","destination":{"type":"sse"}}"#
        let definition = try RequestDefinition(JSONValue(parsing: Array(text.utf8)))
        var request = ClusterRequest(id: TailRequestID(6), change: 2, definition: definition)
        request.isActive = true
        let active = try #require(ClusterRequest(request.stored, id: request.id, revision: 9))
        #expect(active.isActive && !active.isRemoving)
        (request.isActive, request.isRemoving) = (false, true)
        let removing = try #require(ClusterRequest(request.stored, id: request.id, revision: 9))
        #expect(!removing.isActive && removing.isRemoving)
        #expect(removing.document["state"]?.string == "removing")
        #expect(String(decoding: removing.removal, as: UTF8.self) == #"["remove","tr_6",2]"#)
    }

    @Test("A cursor is read as it was printed, and nothing else is one")
    func cursors() {
        let cursor = OutputCursor(sequence: 123_456_789_012, seen: 42)
        #expect(OutputCursor(cursor.description) == cursor)
        for text in [
            "", "o", "o-1", "o-1-", "o--1-1", "p-1-1", "o-1-1-1", "o-1--1", "0:1-42", "o-99999999999999999999-0",
        ] {
            #expect(OutputCursor(text) == nil, "\(text)")
        }
    }

    @Test("A position tells message and place, and grows with both")
    func positions() {
        let first = ClusterNames.position(3, sequence: 7, place: 4_095)
        let second = ClusterNames.position(3, sequence: 8)
        #expect(first < second)
        #expect(Position(first.description) == first)
    }

    @Test("Names with dots become one token, and no two streams share one")
    func names() {
        #expect(ClusterNames.token("a.b-c_d") == "a=b-c_d")
        #expect(ClusterNames.output("a.b", TailRequestID(7), 3) == "foretail-cluster.out.a=b.tr_7.3")
    }

    @Test("A stream without a key has one partition, whatever the default")
    func keyless() throws {
        let plain = try ClusterStream(JSONValue(parsing: Array("{}".utf8)), name: "s", defaultPartitions: 16)
        #expect(plain.partitions == 1)
        let keyed = try ClusterStream(
            JSONValue(parsing: Array(#"{"key":["host"]}"#.utf8)), name: "s", defaultPartitions: 16)
        #expect(keyed.partitions == 16)
        #expect(throws: Problem.self) {
            try ClusterStream(JSONValue(parsing: Array(#"{"partitions":4}"#.utf8)), name: "s", defaultPartitions: 16)
        }
        let again = try ClusterStream(keyed.document, name: "s", defaultPartitions: 4)
        #expect(again.partitions == 16 && again.definition.key == ["host"])
    }

    @Test(
        "What a cluster does not do is refused with a remedy",
        arguments: [
            #"{"stream":"s","destination":{"type":"file","path":"a"}}"#, #"{"stream":"s","rateLimit":5}"#,
            #"{"stream":"s","watch":{"overdue":true}}"#,
        ])
    func refuses(text: String) throws {
        let definition = try RequestDefinition(JSONValue(parsing: Array(text.utf8)))
        let problem = #expect(throws: Problem.self) { try ClusterRequest.check(definition) }
        #expect(problem?.status == .notImplemented)
        #expect(problem?.remedy != nil)
    }

    @Test("A request is read from the bucket as it was written")
    func requests() throws {
        let definition = try RequestDefinition(
            JSONValue(parsing: Array(#"{"stream":"s","filter":"event.v > 3","steps":[1,2],"minConfidence":0.25}"#.utf8))
        )
        var request = ClusterRequest(id: TailRequestID(7), change: 3, definition: definition)
        request.applied = [0: ClusterNames.position(0, sequence: 9), 5: ClusterNames.position(5, sequence: 12)]
        request.isActive = true
        let read = try #require(ClusterRequest(request.stored, id: TailRequestID(7), revision: 99))
        #expect(read.stored == request.stored)
        #expect(read.applied == request.applied && read.change == 3 && read.isActive && read.revision == 99)
        #expect(request.control.first == UInt8(ascii: "["), "a control message is no event")
    }

    @Test(
        "Keys are read as the core reads them",
        arguments: [
            (#"{"k":"a\u0062c"}"#, "abc"), (#"{"k":17}"#, "17"), (#"{"k":true}"#, "true"), (#"{"k":null}"#, ""),
            (#"{}"#, ""),
            (#"{"x":1,"k":"é"}"#, "é"),
        ])
    func keys(event: String, key: String) {
        var reader = KeyReader(fields: ["k"], limits: ScanLimits())
        for partitions in [UInt32(2), 16, 97] {
            let number = Array(event.utf8).withUnsafeBufferPointer { reader.partition(of: $0, among: partitions) }
            #expect(number == KeyPartition.number(of: key.utf8, among: partitions))
        }
    }
}
#endif
