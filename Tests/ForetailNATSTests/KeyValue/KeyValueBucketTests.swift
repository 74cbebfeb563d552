#if NATS
import Foretail
import Synchronization
import Testing

@testable import ForetailNATS

@Suite("Key-value buckets", .enabled(if: NATSServer.isAvailable), .timeLimit(.minutes(10)))
struct KeyValueBucketTests {
    @Test("Values are written, compared, deleted and made anew")
    func values() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let bucket = try await KeyValueBucket.open(jetStream, unusedName("B"))
        #expect(try await bucket.get("a.b") == nil)
        let first = try await bucket.create("a.b", Array("one".utf8))
        let there = await #expect(throws: NATSFailure.self) { try await bucket.create("a.b", Array("two".utf8)) }
        #expect(there?.kind == .conflict, "\(String(describing: there))")
        let second = try await bucket.update("a.b", Array("two".utf8), revision: first)
        let stale = await #expect(throws: NATSFailure.self) {
            try await bucket.update("a.b", Array("three".utf8), revision: first)
        }
        #expect(stale?.kind == .conflict && stale?.code == 10071, "\(String(describing: stale))")
        let entry = try await bucket.get("a.b")
        #expect(entry?.value == Array("two".utf8) && entry?.revision == second)
        let wrong = await #expect(throws: NATSFailure.self) { try await bucket.delete("a.b", revision: first) }
        #expect(wrong?.kind == .conflict)
        try await bucket.delete("a.b", revision: second)
        #expect(try await bucket.get("a.b") == nil)
        let anew = try await bucket.create("a.b", Array("four".utf8))
        #expect(anew > second)
        #expect(try await bucket.get("a.b")?.value == Array("four".utf8))
        let bad = await #expect(throws: NATSFailure.self) { try await bucket.put("a b", []) }
        #expect(bad?.kind == .refused)
    }

    @Test("Of several tasks that compare and set, exactly one wins each round", arguments: [1, 3])
    func contention(_ servers: Int) async throws {
        let server = servers == 1 ? try await NATSServer.shared : try await NATSServer.make(servers)
        let jetStream = try await server.jetStream()
        let name = unusedName("B")
        let bucket = try await KeyValueBucket.open(jetStream, name, KeyValueSettings(replicas: servers))
        var revision = try await bucket.create("lease", Array("0".utf8))
        for round in 1...20 {
            let wins: [UInt64] = try await withThrowingTaskGroup(of: UInt64?.self) { group in
                for rival in 0..<8 {
                    group.addTask { [revision] in
                        do throws(NATSFailure) {
                            return try await bucket.update("lease", Array("\(round)/\(rival)".utf8), revision: revision)
                        } catch {
                            #expect(error.kind == .conflict, "\(error)")
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [UInt64]()) { if let won = $1 { $0.append(won) } }
            }
            try #require(wins.count == 1, "round \(round): \(wins)")
            revision = wins[0]
            #expect(try await bucket.get("lease")?.revision == revision)
        }
        for round in 1...5 {
            let wins = await withTaskGroup(of: Bool.self) { group in
                for rival in 0..<8 {
                    group.addTask { (try? await bucket.create("new.\(round)", [UInt8(rival)])) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1, "creating, round \(round)")
        }
    }

    @Test("A watch gives what is there, then every change, and keys lists what is left")
    func watch() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let bucket = try await KeyValueBucket.open(jetStream, unusedName("B"))
        var empty = bucket.watch()
        #expect(try await empty.read(waitingAtMost: 60_000_000).isEmpty)
        #expect(empty.isCurrent)
        for index in 0..<5 { try await bucket.put("p.\(index)", Array("v\(index)".utf8)) }
        try await bucket.put("q.0", [1])
        try await bucket.put("p.0", Array("new".utf8))
        try await bucket.delete("p.1")
        var watch = bucket.watch("p.>")
        var seen: [KeyValueEntry] = []
        try await eventually("the watch has all that is there") {
            seen += try await watch.read(waitingAtMost: 1_000_000)
            return watch.isCurrent
        }
        #expect(seen.map(\.key) == ["p.2", "p.3", "p.4", "p.0", "p.1"])
        #expect(seen.map(\.isDeleted) == [false, false, false, false, true])
        #expect(seen[3].value == Array("new".utf8))
        try await bucket.put("q.1", [2])
        try await bucket.put("p.9", [3])
        var more: [KeyValueEntry] = []
        try await eventually("the change is seen") {
            more = try await watch.read(waitingAtMost: 1_000_000)
            return !more.isEmpty
        }
        #expect(more.map(\.key) == ["p.9"] && more[0].value == [3])
        #expect(try await bucket.keys("p.>").sorted() == ["p.0", "p.2", "p.3", "p.4", "p.9"])
        #expect(try await bucket.entries().map(\.key) == ["p.2", "p.3", "p.4", "q.0", "p.0", "q.1", "p.9"])
        // Who reads late sees what is left of each key.
        var late: [KeyValueEntry] = []
        try await eventually("the late reader has the last entry") {
            late += try await empty.read(waitingAtMost: 1_000_000)
            return late.last?.key == "p.9"
        }
        #expect(late.map(\.key) == ["p.2", "p.3", "p.4", "q.0", "p.0", "p.1", "q.1", "p.9"])
    }

    @Test("Entries of a bucket with an age are forgotten")
    func age() async throws {
        let jetStream = try await NATSServer.shared.jetStream()
        let bucket = try await KeyValueBucket.open(jetStream, unusedName("B"), KeyValueSettings(maxAge: 500_000))
        try await bucket.put("k", [1])
        try await eventually("the entry is forgotten") { try await bucket.get("k") == nil }
    }
}
#endif
