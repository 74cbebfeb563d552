#if NATS
import Foretail
import Testing

@testable import ForetailNATS

@Suite("Partitions", .timeLimit(.minutes(5)))
struct PartitionHashTests {
    @Test("The hash is FNV-1a of 32 bits", arguments: [("", 0x811C_9DC5), ("a", 0xE40C_292C), ("foobar", 0xBF9C_F968)])
    func vectors(_ text: String, _ hash: Int) {
        // Source: the test vectors of the FNV authors.
        let count = 1 << 31
        #expect(PartitionHash.partition(of: Array(text.utf8)[...], count: count) == hash % count)
    }

    @Test("Publisher and server agree on the partition", .enabled(if: NATSServer.isAvailable))
    func mapping() async throws {
        let server = try await NATSServer.make(
            1, #"mappings = { "in.*": "foretail.mapped.{{partition(16,1)}}.{{wildcard(1)}}" }"#)
        let jetStream = try await server.jetStream()
        try await jetStream.ensureStream(StreamSettings(name: "MAPPED", subjects: ["foretail.mapped.>"]))
        let keys = (0..<500).map { "key-\($0 * 7919)" } + ["ä€😀", "UPPER", "_", "-"]
        var batch = PublishBatch()
        for key in keys { batch.append(subject: "in.\(key)", payload: Array(key.utf8)[...]) }
        let results = await jetStream.publish(batch)
        try #require(results.isComplete, "\(results.failure?.message ?? "")")
        var reader = MessageReader(jetStream, ReaderSettings(stream: "MAPPED"))
        var received = MessageBatch()
        var seen = 0
        var used: Set<Int> = []
        while seen < keys.count {
            try await reader.read(into: &received, waitingAtMost: 60_000_000)
            try #require(!received.isEmpty)
            for message in received.messages {
                let partition = PartitionHash.partition(of: received.bytes[message.payload], count: 16)
                let key = String(decoding: received.bytes[message.payload], as: UTF8.self)
                #expect(received.subject(message) == "foretail.mapped.\(partition).\(key)")
                used.insert(partition)
                seen += 1
            }
        }
        #expect(used.count == 16)
    }
}
#endif
