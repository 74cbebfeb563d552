#if NATS
import Foretail
import Testing

@testable import ForetailNATS

@Suite("Blobs", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct BlobStoreTests {
    private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    @Test("An object is read as it was written, whatever its length", arguments: [0, 1, 131_072, 131_073, 9_000_000])
    func lengths(_ count: Int) async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let store = try await BlobStore.open(jetStream, unusedName())
        let object = bytes(count, seed: 7)
        let version = try await store.put("metrics.3", object, note: "0:1-1000")
        let blob = try await store.get("metrics.3")
        #expect(blob == BlobStore.Blob(bytes: object, note: "0:1-1000", version: version))
        #expect(try await store.get("metrics.4") == nil)
    }

    @Test("A new version takes the place of the old one, which is removed")
    func versions() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        let store = try await BlobStore.open(jetStream, name)
        try await store.put("other", bytes(300_000, seed: 1))
        var last: UInt64 = 0
        for version in 1...5 {
            let number = try await store.put("a.b", bytes(1_000_000, seed: UInt64(version)), note: "\(version)")
            #expect(number > last)
            last = number
        }
        #expect(try await store.get("a.b")?.bytes == bytes(1_000_000, seed: 5))
        #expect(try await store.get("other")?.bytes.count == 300_000)
        #expect(try await store.names() == ["a.b", "other"])
        let info = try await jetStream.streamInfo("FORETAIL_BLOBS_\(name)")
        #expect(info.messages == 8 + 1 + 3 + 1, "chunks of older versions are gone")
        try await store.remove("a.b")
        #expect(try await store.get("a.b") == nil)
        #expect(try await store.names() == ["other"])
    }

    @Test("A writer that dies before its manifest changes nothing; a damaged object is refused by name")
    func damage() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let name = unusedName()
        let store = try await BlobStore.open(jetStream, name)
        try await store.put("a", bytes(400_000, seed: 3))
        var batch = PublishBatch()
        batch.append(subject: "foretail-blobs.\(name).c.half.a", payload: bytes(1_000, seed: 4)[...])
        #expect(await jetStream.publish(batch).isComplete)
        #expect(try await store.get("a")?.bytes == bytes(400_000, seed: 3))
        // A chunk is lost.
        try await jetStream.purge("FORETAIL_BLOBS_\(name)", before: 2)
        let failure = await #expect(throws: NATSFailure.self) { try await store.get("a") }
        #expect(
            failure?.kind == .damaged && failure?.message.contains("blob 'a'") == true, "\(String(describing: failure))"
        )
        try await store.put("a", bytes(10, seed: 5))
        #expect(try await store.get("a")?.bytes.count == 10)
        // A chunk is another one: its place in the manifest is taken by bytes that nobody summed.
        var forged = PublishBatch()
        forged.append(subject: "foretail-blobs.\(name).c.t.b", payload: [1, 2, 3])
        let sequence = await jetStream.publish(forged).sequences[0]
        var manifest = PublishBatch()
        let text = #"{"token":"t","bytes":3,"chunks":1,"first":\#(sequence),"crc":"0","note":""}"#
        manifest.append(subject: "foretail-blobs.\(name).m.b", payload: Array(text.utf8)[...])
        #expect(await jetStream.publish(manifest).isComplete)
        let wrong = await #expect(throws: NATSFailure.self) { try await store.get("b") }
        #expect(wrong?.message.contains("checksum") == true)
    }
}
#endif
