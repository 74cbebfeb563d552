#if NATS
import Foretail
import Foundation
import Synchronization
import Testing

@testable import ForetailNATS

@Suite("Three servers", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(15)))
struct ClusterTests {
    @Test("Readers read where the stream's leader is, also when another leads")
    func placement() async throws {
        let server = try await NATSServer.make(3)
        let jetStream = try await server.jetStream()
        var settings = StreamSettings(name: "P", subjects: ["p.*"])
        settings.replicas = 3
        try await jetStream.ensureStream(settings)
        var before: String?
        for _ in 0..<2 {
            var leader: String?
            try await eventually("another server leads") {
                leader = try? await jetStream.streamInfo("P", within: 2_000_000).leader
                return leader != nil && leader != before
            }
            for number in 0..<8 {
                var reader = MessageReader(
                    jetStream, ReaderSettings(stream: "P", subject: number % 2 == 0 ? "p.1" : nil))
                try await reader.prepare(within: 20_000_000)
                #expect(reader.server == leader)
                await reader.close()
            }
            before = leader
            try await jetStream.stepDown("P")
        }
    }

    @Test(
        "The leader killed under writer, reader and bucket: nothing settled is lost, order is kept, nothing comes twice"
    )
    func leader() async throws {
        let server = try await NATSServer.make(3)
        let jetStream = try await server.jetStream()
        let layout = EventStreamLayout(stream: "c")
        let bucket = try await StreamEpochs.bucket(jetStream, replicas: 3)
        var log = try await JetStreamLog.open(
            jetStream, layout, settings: layout.settings(replicas: 3), epochs: bucket, patience: 240_000_000)
        let isOver = Flag()
        let killer = Task {
            defer { isOver.set() }
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(500))
                var leader: String?
                try await eventually("the stream has a leader") {
                    leader = try? await jetStream.streamInfo(layout.name, within: 2_000_000).leader
                    return leader != nil
                }
                let index = Int(leader!.dropFirst())!
                server.stop(index)
                try await Task.sleep(for: .milliseconds(2_000))
                try server.start(index)
                try await eventually("all copies are up to date") {
                    guard let info = try? await jetStream.streamInfo(layout.name, within: 2_000_000) else {
                        return false
                    }
                    return info.leader != nil && info.replicas.count == 2 && info.replicas.allSatisfy(\.isCurrent)
                }
            }
        }
        let deadline = Deadline("the leader was killed three times, and the log stands")
        let written = Mutex<Int?>(nil)
        let reading = Task {
            var settings = ReaderSettings(stream: layout.name)
            settings.header = StoredEvent.header
            var reader = MessageReader(try await server.jetStream(), settings)
            var batch = MessageBatch()
            var seen: [Int] = []
            var sequences: [UInt64] = []
            while seen.count < written.withLock({ $0 }) ?? .max {
                try deadline.check()
                try await reader.read(into: &batch, waitingAtMost: 2_000_000)
                #expect(batch.gaps.isEmpty)
                for message in batch.messages where message.header.isEmpty {
                    seen.append(Int(String(decoding: batch.bytes[message.payload], as: UTF8.self)) ?? -1)
                    sequences.append(message.sequence)
                }
            }
            return (seen, sequences)
        }
        var positions: [Position] = []
        while !isOver.isSet {
            try deadline.check()
            var events = EventBatch(stream: "c")
            for number in positions.count..<positions.count + 50 {
                events.append("\(number)", at: Position(sequence: 0))
                events.frames[events.count - 1].line = 0
            }
            try await log.submit(&events)
            try await log.settle()
            positions += events.frames.map(\.position)
            try await Task.sleep(for: .milliseconds(10))
        }
        try await killer.value
        let count = positions.count
        written.withLock { $0 = count }
        let (seen, sequences) = try await reading.value
        #expect(positions.count > 500)
        let last = try await jetStream.streamInfo(layout.name).lastSequence
        #expect(last == positions.last?.sequence)
        #expect(seen == Array(0..<positions.count))
        #expect(sequences == positions.map(\.sequence))
        var reader = MessageReader(
            jetStream, ReaderSettings(stream: layout.name, start: .sequence(positions[0].sequence)))
        var batch = MessageBatch()
        var all: [Int] = []
        while all.count < positions.count {
            try await reader.read(into: &batch, waitingAtMost: 60_000_000)
            try #require(!batch.messages.isEmpty && batch.gaps.isEmpty)
            all += batch.messages.map { Int(String(decoding: batch.bytes[$0.payload], as: UTF8.self)) ?? -1 }
        }
        #expect(all == Array(0..<positions.count))
    }

    @Test("A lease in a bucket goes on over a leader that dies, and is held by one at a time")
    func lease() async throws {
        let server = try await NATSServer.make(3)
        let first = try await server.jetStream()
        let leases = try await KeyValueBucket.open(first, "leases", KeyValueSettings(replicas: 3))
        var revision = try await leases.create("p.0", Array("0".utf8))
        var leader: String?
        try await eventually("the bucket has a leader") {
            leader = try? await first.streamInfo("KV_leases").leader
            return leader != nil
        }
        let index = Int(leader!.dropFirst())!
        server.stop(index)
        var written = 0
        try await eventually("the lease is renewed") {
            do throws(NATSFailure) {
                revision = try await leases.update("p.0", Array("\(written + 1)".utf8), revision: revision)
                written += 1
            } catch {
                #expect(error.isTransient, "\(error)")
                // Nobody else writes: what is there is what was written last, or now.
                if let entry = try? await leases.get("p.0") { revision = entry.revision }
            }
            return written == 20
        }
        try server.start(index)
        let entry = try await leases.get("p.0")
        #expect(entry?.value == Array("20".utf8) && entry?.revision == revision)
    }
}
#endif
