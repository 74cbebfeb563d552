#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

/// Against a real server over loopback.
@Suite("Server", .timeLimit(.minutes(20))) struct ServerTests {
    private static func events(_ range: Range<Int>, keys: Int = 3) -> [String] {
        range.map { #"{"time":\#(1_767_225_600 + $0 * 60),"host":"h\#($0 % keys)","v":\#($0)}"# }
    }

    @Test("Events are acknowledged with their last position, and read back in order")
    func ingestAndHistory() async throws {
        try await TestServer.run { server in
            let answer = try await server.ingest("s", Self.events(0..<2_500) + ["{", "7"])
            #expect(answer.status == 200)
            #expect(answer.json?["accepted"] == .integer(2_500))
            #expect(answer.json?["last"] == .string("0:1-2500"))
            #expect(answer.json?["rejected"]?.elements?.map { $0["line"]?.integer } == [2_501, 2_502])
            let page = try await server.read("/v1/streams/s/history?limit=1000", count: 5_000)
            #expect(page.count == 1_000)
            let next = try await server.read("/v1/streams/s/history?limit=5000&after=0:1-1000", count: 5_000)
            #expect((page + next).map { $0["event"]?["v"]?.integer } == (0..<2_500).map(Int64.init))
            let some = try await server.read("/v1/streams/s/history?filter=event.v%20%3E%202490", count: 5_000)
            #expect(some.count == 9)
            #expect(some.allSatisfy { $0["request"] == nil })
        }
    }

    @Test("A body that the disk is slower than is taken whole: it waits for its own parts and for those of others")
    func largeBody() async throws {
        try await TestServer.run(adjust: {
            $0.limits.queuedBytes = 1 << 20
            $0.limits.inboxBytes = 1 << 20
            $0.limits.bodyQueuedBytes = 600_000
        }) { server in
            async let first = server.ingest("s", Self.events(0..<30_000))
            async let second = server.ingest("s", Self.events(30_000..<60_000))
            for answer in try await [first, second] {
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json?["accepted"] == .integer(30_000))
            }
            let stored = try await server.read("/v1/streams/s/history?limit=100000", count: 100_000)
            let values = stored.compactMap { $0["event"]?["v"]?.integer }
            #expect(values.filter { $0 < 30_000 } == (0..<30_000).map(Int64.init))
            #expect(values.filter { $0 >= 30_000 } == (30_000..<60_000).map(Int64.init))
        }
    }

    @Test("A body that goes wrong in the middle is durable up to there, and its answer says to which line")
    func partialBody() async throws {
        try await TestServer.run(adjust: { $0.limits.linesBodyBytes = 400_000 }) { server in
            let answer = try await server.ingest("s", Self.events(0..<20_000))
            #expect(answer.status == 413)
            let accepted = try #require(answer.json?["accepted"]?.integer)
            #expect(accepted > 0)
            #expect(answer.json?["remedy"]?.string?.contains("up to line \(accepted) is durable") == true)
            let stored = try await server.read("/v1/streams/s/history?limit=100000", count: 100_000)
            #expect(stored.compactMap { $0["event"]?["v"]?.integer } == (0..<accepted).map { $0 })
            // The rest is read and dropped: whoever is cut off while he sends does not get to the answer.
            let last = try await server.send(
                "POST", "/v1/streams/s/events", Self.events(0..<200_000).joined(separator: "\n"),
                type: "application/x-ndjson", headers: [("connection", "close")])
            #expect(last.status == 413)
        }
    }

    @Test("A reader gets what matches, resumes exactly after a position, and sees a filter change at its position")
    func tail() async throws {
        try await TestServer.run { server in
            let registered = try await server.send(
                "POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v % 2 == 0"}"#)
            #expect(registered.status == 201)
            #expect(registered.headers["location"] == "/v1/tail-requests/tr_1")
            _ = try await server.ingest("s", Self.events(0..<1_000))
            let patched = try await server.send("PATCH", "/v1/tail-requests/tr_1", #"{"filter":"event.v % 2 == 1"}"#)
            #expect(patched.json?["inForceAfter"] == .string("0:1-1000"))
            _ = try await server.ingest("s", Self.events(1_000..<2_000))
            let path = "/v1/tail-requests/tr_1/events"
            let all = try await server.read(path + "?from=oldest", count: 1_000)
            let expected = (0..<1_000).filter { $0 % 2 == 0 } + (1_000..<2_000).filter { $0 % 2 == 1 }
            #expect(all.map { $0["event"]?["v"]?.integer } == expected.map(Int64.init))
            let cursor = try #require(all[700]["position"]?.string)
            let rest = try await server.read(path, headers: [("Last-Event-ID", cursor)], count: 299)
            #expect(rest.map { $0["position"]?.string } == all[701...].map { $0["position"]?.string })
        }
    }

    @Test("A live reader crosses from the log to memory without a gap or a duplicate")
    func live() async throws {
        try await TestServer.run(adjust: { $0.delivery.feedBytes = 4_096 }) { server in
            _ = try await server.ingest("s", Self.events(0..<500))
            async let records = server.read("/v1/streams/s/tail?from=oldest", count: 5_000)
            for start in stride(from: 500, to: 5_000, by: 100) {
                _ = try await server.ingest("s", Self.events(start..<start + 100))
            }
            #expect(try await records.map { $0["event"]?["v"]?.integer } == (0..<5_000).map(Int64.init))
        }
    }

    @Test("Streams, tail requests, positions and what was learned survive a restart")
    func restart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host","time":"time","durability":"os"}"#)
        _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v >= 0","steps":2}"#)
        _ = try await server.ingest("s", Self.events(0..<300))
        let before = try await server.send("GET", "/v1/tail-requests/tr_1/confidence")
        try await server.stop()

        server = try await TestServer.start(folder: folder)
        #expect(try await server.send("GET", "/v1/streams/s").json?["durability"] == .string("os"))
        let after = try await server.send("GET", "/v1/tail-requests/tr_1/confidence")
        #expect(after.status == 200)
        #expect(before.json?["samples"] == .integer(300))
        // The models come back in the background.
        var samples: JSONValue?
        for _ in 0..<500 {
            samples = try await server.send("GET", "/v1/tail-requests/tr_1/confidence").json?["samples"]
            if samples == .integer(300) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(samples == .integer(300))
        let answer = try await server.ingest("s", Self.events(300..<400))
        #expect(answer.json?["last"] == .string("0:1-400"))
        let all = try await server.read(
            "/v1/tail-requests/tr_1/events", headers: [("Last-Event-ID", "0:1-250")], count: 150)
        #expect(all.map { $0["event"]?["v"]?.integer } == (250..<400).map(Int64.init))
        try await server.stop()
    }

    @Test("A first request learns the past, and says so")
    func warmUp() async throws {
        try await TestServer.run { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host","time":"time"}"#)
            _ = try await server.ingest("s", Self.events(0..<3_000))
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v >= 0"}"#)
            var progress: JSONValue?
            for _ in 0..<1_000 {
                progress = try await server.send("GET", "/v1/streams/s").json?["warmUp"]
                if progress?["phase"] == .string("ready") { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(progress?["phase"] == .string("ready"))
            #expect(progress?["done"] == .integer(3_000))
            #expect(try await server.send("GET", "/v1/streams/s").json?["events"]?["series"] == .integer(3))
        }
    }

    @Test("A file gets every match once, through a restart and a torn record")
    func file() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        let body = #"{"stream":"s","predictions":false,"destination":{"type":"file","path":"a/out.ndjson"}}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Self.events(0..<500))
        let path = "\(folder)/files/a/out.ndjson"
        try await waitForLines(500, in: path)
        try await server.stop()
        // A crash in the middle of a write leaves half a record.
        try append(#"{"kind":"event","requ"#, to: path)
        server = try await TestServer.start(folder: folder)
        _ = try await server.ingest("s", Self.events(500..<800))
        try await waitForLines(800, in: path)
        let values = lines(of: path).map { try? JSONValue(parsing: Array($0.utf8))["event"]?["v"]?.integer }
        #expect(values == (0..<800).map { Int64($0) })
        try await server.stop()
    }

    @Test("A delivery to a file says how far it is, and when it fails, why and when it goes on")
    func delivery() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        // A file stands where a folder has to be.
        let blocker = "\(folder)/files/a"
        let server = try await TestServer.start(folder: folder)
        try append("", to: blocker)
        let destination = #""destination":{"type":"file","path":"a/b"}"#
        let body = #"{"stream":"s","filter":"event.v < 9","predictions":false,\#(destination)}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Self.events(0..<12))
        let failing = try await delivery(server) { $0?["lag"] == .integer(12) && $0?["failures"] != .integer(0) }
        #expect(failing?["state"] == .string("retrying"))
        #expect(failing?["position"] == nil)
        #expect(failing?["lastProblem"]?["detail"]?.string?.contains("files/a") == true)
        #expect(failing?["lastProblem"]?["remedy"]?.string?.isEmpty == false)
        #expect(failing?["retryAt"]?.string != nil)
        let metrics = try await server.send("GET", "/metrics").text
        #expect(metrics.contains("foretail_delivery_retrying{request=\"tr_1\"} 1\n"))
        #expect(metrics.contains("foretail_delivery_lag_events{request=\"tr_1\"} 12\n"))

        TestServer.remove(blocker)
        let mended = try await delivery(server) { $0?["state"] == .string("current") }
        #expect(mended?["position"] == .string("0:1-9"), "the last event that matches")
        #expect(mended?["lag"] == .integer(0), "those behind it were looked at")
        #expect(mended?["written"] == .integer(9))
        #expect(mended?["retryAt"] == nil)
        #expect(mended?["lastProblem"]?["time"]?.string != nil)
        #expect(
            try await server.send("GET", "/metrics").text.contains(
                "foretail_delivery_records_total{request=\"tr_1\"} 9\n"))
        try await server.stop()
    }

    private func delivery(_ server: TestServer, until isMeant: (JSONValue?) -> Bool) async throws -> JSONValue? {
        var delivery: JSONValue?
        for _ in 0..<2_000 {
            delivery = try await server.send("GET", "/v1/tail-requests/tr_1").json?["delivery"]
            if isMeant(delivery) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return delivery
    }

    @Test("Streams beyond the limit of open logs rest and come back, with readers attached, without a gap")
    func openLogs() async throws {
        try await TestServer.run(adjust: { $0.limits.openLogs = 2 }) { server in
            _ = try await server.ingest("s", Self.events(0..<10))
            async let records = server.read(
                "/v1/streams/s/tail?from=oldest", count: 40, isMeant: { $0["kind"] != .string("heartbeat") })
            try await server.waitForReaders(1)
            for round in 1..<4 {
                for other in 0..<6 { _ = try await server.ingest("other-\(other)", Self.events(0..<5)) }
                let limit = try await server.send("GET", "/v1/status").json?["limits"]?["openLogs"]
                #expect(limit?["limit"] == .integer(2))
                #expect((1...4).contains(limit?["used"]?.integer ?? 0), "\(String(describing: limit))")
                _ = try await server.ingest("s", Self.events(round * 10..<round * 10 + 10))
            }
            #expect(try await records.map { $0["position"] } == (1...40).map { .string("0:1-\($0)") })
            for other in 0..<6 {
                let page = try await server.send("GET", "/v1/streams/other-\(other)/history")
                #expect(page.text.split(separator: "\n").count == 15)
                #expect(page.text.contains(#""position":"0:1-15""#))
            }
        }
    }

    @Test("A position that the stream never gave is refused, not waited for")
    func strangePosition() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Self.events(0..<5))
            let answer = try await server.send("GET", "/v1/streams/s/tail?after=0:1-6")
            #expect(answer.status == 409)
            #expect(answer.json?["field"] == .string("after"))
            #expect(answer.json?["detail"]?.string?.contains("0:1-5") == true)
            let beyond = try await server.send("GET", "/v1/streams/s/tail?after=0:1-9223372036854775808")
            #expect(beyond.status == 400)
        }
    }

    @Test("A removed stream is gone, and may come back as another")
    func removeStream() async throws {
        try await TestServer.run { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host"}"#)
            _ = try await server.ingest("s", Self.events(0..<10))
            #expect(try await server.send("PUT", "/v1/streams/s", #"{"key":"other"}"#).status == 409)
            #expect(try await server.send("DELETE", "/v1/streams/s").status == 204)
            #expect(try await server.send("GET", "/v1/streams/s").status == 404)
            #expect(try await server.send("PUT", "/v1/streams/s", #"{"key":"other"}"#).status == 201)
            #expect(try await server.read("/v1/streams/s/history", count: 10).isEmpty)
        }
    }

    @Test("What is acknowledged after a stream was removed is kept, whoever was faster")
    func removalRaces() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        for round in 0..<8 {
            _ = try await server.ingest("s", Self.events(0..<10))
            let name = server
            async let removed = name.send("DELETE", "/v1/streams/s")
            async let put = name.send("PUT", "/v1/streams/s", #"{"durability":"os"}"#)
            async let request = name.send("POST", "/v1/tail-requests", #"{"stream":"s","predictions":false}"#)
            async let written = name.ingest("s", Self.events(0..<10))
            #expect(try await removed.status == 204)
            #expect([200, 201, 409].contains(try await put.status))
            #expect([201, 409].contains(try await request.status), "round \(round)")
            #expect([200, 409].contains(try await written.status))
            // One of the three, or this one, made it anew.
            #expect(try await server.ingest("s", ["{\"last\":\(round)}"]).status == 200)
            let stored = try await server.read("/v1/streams/s/history?limit=1000", count: 1_000)
            #expect(stored.last?["event"]?["last"]?.integer == Int64(round))
            let listed = try await server.send("GET", "/v1/tail-requests?stream=s").json?["tailRequests"]?.elements
            for known in listed ?? [] {
                let id = try #require(known["id"]?.string)
                #expect(try await server.send("GET", "/v1/tail-requests/\(id)/confidence").status == 200)
            }
        }
        let before = try await server.read("/v1/streams/s/history?limit=1000", count: 1_000)
        try await server.stop()
        server = try await TestServer.start(folder: folder)
        let after = try await server.read("/v1/streams/s/history?limit=1000", count: 1_000)
        #expect(after.map { $0["position"] } == before.map { $0["position"] })
        try await server.stop()
    }

    @Test("Readers of a removed stream are told so")
    func removedStream() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Self.events(0..<3))
            // However busy the machine is: a heartbeat is no record that is waited for.
            async let end = server.read(
                "/v1/streams/s/tail?from=oldest", count: 4, isMeant: { $0["kind"] != .string("heartbeat") })
            try await server.waitForReaders(1)
            #expect(try await server.send("DELETE", "/v1/streams/s").status == 204)
            #expect(try await end.last?["reason"] == .string("removed"))
        }
    }

    @Test("A change of a filter right after a restart leaves the past to the old one")
    func changeAfterRestart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v < 5"}"#)
        _ = try await server.ingest("s", Self.events(0..<10))
        try await server.stop()
        server = try await TestServer.start(folder: folder)
        let changed = try await server.send("PATCH", "/v1/tail-requests/tr_1", #"{"filter":"event.v >= 5"}"#)
        #expect(changed.json?["inForceAfter"] == .string("0:1-10"))
        _ = try await server.ingest("s", Self.events(10..<12))
        let all = try await server.read("/v1/tail-requests/tr_1/events?from=oldest", count: 7)
        #expect(all.map { $0["event"]?["v"]?.integer } == [0, 1, 2, 3, 4, 10, 11])
        try await server.stop()
    }

    @Test("Two tail requests do not write one file, and a later one begins its own in it")
    func sharedFile() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        func body(_ stream: String) -> String {
            #"{"stream":"\#(stream)","predictions":false,"destination":{"type":"file","path":"out.ndjson"}}"#
        }
        _ = try await server.send("POST", "/v1/tail-requests", body("a"))
        _ = try await server.ingest("a", Self.events(0..<50))
        try await waitForLines(50, in: "\(folder)/files/out.ndjson")
        let refused = try await server.send("POST", "/v1/tail-requests", body("b"))
        #expect(refused.status == 409)
        #expect(refused.json?["field"] == .string("destination.path"))
        #expect(try await server.send("GET", "/v1/streams/b").status == 404, "a refusal makes no stream")
        #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
        #expect(try await server.send("POST", "/v1/tail-requests", body("b")).status == 201)
        // Its last record is far ahead of this stream, and of another one.
        _ = try await server.ingest("b", Self.events(0..<20))
        try await waitForLines(70, in: "\(folder)/files/out.ndjson")
        let values = lines(of: "\(folder)/files/out.ndjson").suffix(20).map {
            try? JSONValue(parsing: Array($0.utf8))["event"]?["v"]?.integer
        }
        #expect(values == (0..<20).map { Int64($0) })
        try await server.stop()
    }

    @Test("A file's cursor moves over what does not match, so that retention leaves no gap there")
    func fileCursor() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder) { configuration in
            configuration.delivery.heartbeatMicroseconds = 1_000
            configuration.delivery.tickMicroseconds = 1_000
        }
        let body = #"{"stream":"s","filter":"event.v < 0","destination":{"type":"file","path":"out.ndjson"}}"#
        _ = try await server.send("POST", "/v1/tail-requests", body)
        _ = try await server.ingest("s", Self.events(0..<40))
        let catalogue = try Catalogue(path: "\(folder)/catalogue.sqlite")
        var cursor: Position?
        for _ in 0..<1_000 {
            cursor = try catalogue.cursor(of: 1)
            if cursor == Position(sequence: 40) { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(cursor == Position(sequence: 40))
        try catalogue.close()
        try await server.stop()
    }

    @Test("A registration that was broken off is forgotten at the next start")
    func brokenRegistration() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#)
        try await server.stop()
        let catalogue = try Catalogue(path: "\(folder)/catalogue.sqlite")
        let now = ServerClock().now()
        _ = try catalogue.addRequest(stream: "s", definition: #"{"stream":"s"}"#, created: now)
        try catalogue.close()
        server = try await TestServer.start(folder: folder)
        let list = try await server.send("GET", "/v1/tail-requests").json?["tailRequests"]?.elements
        #expect(list?.map { $0["id"]?.string } == ["tr_1"])
        try await server.stop()
        let after = try Catalogue(path: "\(folder)/catalogue.sqlite")
        #expect(try after.requests(limit: 10).map(\.number) == [1])
    }

    @Test("The limit of tail requests is the server's, not each shard's, and a bad filter makes no stream")
    func sharedRequestLimit() async throws {
        try await TestServer.run(adjust: {
            $0.shards = 2
            $0.manager.limits.requests = 2
        }) { server in
            #expect(try await server.send("POST", "/v1/tail-requests", #"{"stream":"x","filter":"1 +"}"#).status == 400)
            #expect(try await server.send("GET", "/v1/streams/x").status == 404)
            for (stream, status) in [("a", 201), ("b", 201), ("c", 429)] {
                let answer = try await server.send("POST", "/v1/tail-requests", #"{"stream":"\#(stream)"}"#)
                #expect(answer.status == status)
                if status == 429 { #expect(answer.json?["limit"] == .string("limits.tailRequests")) }
            }
            #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
            #expect(try await server.send("POST", "/v1/tail-requests", #"{"stream":"c"}"#).status == 201)
        }
    }

    @Test("Of many first requests at once one lets the past be learned")
    func firstRequests() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Self.events(0..<500))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#).status }
                }
                for try await status in group { #expect(status == 201) }
            }
            var phase: JSONValue?
            for _ in 0..<1_000 {
                phase = try await server.send("GET", "/v1/streams/s").json?["warmUp"]?["phase"]
                if phase == .string("ready") { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(phase == .string("ready"))
        }
    }

    @Test("A stream that is created twice at once has the definition of one, and the other is told")
    func createdTwice() async throws {
        try await TestServer.run { server in
            for round in 0..<10 {
                let path = "/v1/streams/s\(round)"
                async let first = server.send("PUT", path, #"{"key":"a"}"#)
                async let second = server.send("PUT", path, #"{"key":"b"}"#)
                let statuses = [try await first.status, try await second.status]
                #expect(statuses.sorted() == [201, 409])
            }
        }
    }

    @Test("Streams that come and go under load answer everybody, and never as if the server were ending")
    func churn() async throws {
        try await TestServer.run { server in
            let names = ["a", "b"]
            let answers = try await withThrowingTaskGroup(of: [(String, Int)].self) { group in
                for worker in 0..<12 {
                    group.addTask {
                        var answers: [(String, Int)] = []
                        for turn in 0..<40 {
                            let stream = names[(worker + turn) % 2]
                            let answer =
                                switch (worker + turn / 2) % 6 {
                                case 0: try await server.send("PUT", "/v1/streams/\(stream)", #"{"key":"host"}"#)
                                case 1: try await server.send("DELETE", "/v1/streams/\(stream)")
                                case 2, 3: try await server.ingest(stream, Self.events(0..<20))
                                case 4:
                                    try await server.send(
                                        "POST", "/v1/tail-requests", #"{"stream":"\#(stream)","steps":3}"#)
                                default: try await server.send("GET", "/v1/streams/\(stream)/history")
                                }
                            answers.append((answer.text, answer.status))
                        }
                        return answers
                    }
                }
                // Readers are told the end when their stream goes.
                for name in names {
                    group.addTask {
                        var answers: [(String, Int)] = []
                        for _ in 0..<4 {
                            let answer = try await server.send("GET", "/v1/streams/\(name)/tail?ahead=true")
                            answers.append((answer.text, answer.status))
                        }
                        return answers
                    }
                }
                var answers: [(String, Int)] = []
                while let some = try await group.next() {
                    answers += some
                    // The last readers go with their streams.
                    for name in names { _ = try await server.send("DELETE", "/v1/streams/\(name)") }
                }
                return answers
            }
            for (text, status) in answers { #expect([200, 201, 204, 404, 409].contains(status), "\(status) \(text)") }
            #expect(try await server.send("PUT", "/v1/streams/a", #"{"key":"other"}"#).status == 201)
            #expect(try await server.ingest("a", Self.events(0..<3)).json?["last"] == .string("0:1-3"))
            #expect(try await server.send("GET", "/v1/tail-requests?stream=a").json?["tailRequests"]?.elements == [])
        }
    }

    @Test(
        "What cannot be done is a problem that names field and remedy",
        arguments: [
            ("GET", "/v1/streams/none", 404), ("GET", "/v1/nothing", 404), ("DELETE", "/v1/streams", 405),
            ("GET", "/v1/streams?limit=0", 400), ("GET", "/v1/streams?limt=5", 400),
            ("GET", "/v1/tail-requests/tr_9", 404),
            ("GET", "/v1/streams/none/tail?filter=event.v%20%3E", 400), ("GET", "/v1/streams/a%20b", 400),
            ("GET", "/v1/streams/none/tail?ahead=true", 404), ("GET", "/v1/streams/a%20b/tail", 400),
        ])
    func problems(method: String, path: String, status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.send(method, path, headers: [("X-Request-Id", "mine")])
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.json?["status"] == .integer(Int64(status)))
            #expect(answer.json?["requestId"] == .string("mine"))
            #expect(answer.json?["detail"]?.string?.isEmpty == false)
            // What is read is not made by it.
            #expect(try await server.send("GET", "/v1/streams").json?["streams"]?.elements == [])
        }
    }

    @Test(
        "HEAD is answered like GET, without content",
        arguments: ["/", "/health/live", "/v1/streams", "/v1/streams/s", "/v1/streams/s/history", "/v1/streams/none"])
    func head(path: String) async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Self.events(0..<5))
            let head = try await server.send("HEAD", path)
            let get = try await server.send("GET", path)
            #expect(head.status == get.status)
            #expect(head.text.isEmpty)
            #expect(head.headers["content-type"] == get.headers["content-type"])
            #expect(head.headers["content-length"] == get.headers["content-length"])
        }
    }

    @Test("HEAD of a stream of records ends, and attaches no reader")
    func headOfTail() async throws {
        try await TestServer.run { server in
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#)
            for path in ["/v1/streams/s/tail?filter=event.v%3E1", "/v1/tail-requests/tr_1/events?ahead=true"] {
                let head = try await server.send("HEAD", path)
                #expect(head.status == 200)
                #expect(head.text.isEmpty)
                #expect(head.headers["content-type"] == "text/event-stream")
            }
            #expect(try await server.send("HEAD", "/v1/streams/s/tail?filter=event.v%3E").status == 400)
            #expect(try await server.send("HEAD", "/v1/streams/s/events").status == 405)
            let limits = try await server.send("GET", "/v1/status").json?["limits"]
            #expect(limits?["subscribers"]?["used"] == .integer(0))
        }
    }

    @Test("Readers beyond the limit are told the limit, what is used and what to do")
    func readerLimit() async throws {
        try await TestServer.run(adjust: { $0.limits.subscribers = 1 }) { server in
            _ = try await server.send("PUT", "/v1/streams/s", "{}")
            let first = Task { try await server.read("/v1/streams/s/tail", count: 1) }
            var refused: TestServer.Answer?
            for _ in 0..<500 where refused?.status != 429 {
                if try await server.send("GET", "/v1/status").json?["limits"]?["subscribers"]?["used"] == .integer(1) {
                    refused = try await server.send("GET", "/v1/streams/s/tail")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(refused?.status == 429)
            #expect(refused?.json?["limit"] == .string("limits.subscribers"))
            #expect(refused?.json?["maximum"] == .integer(1))
            _ = try await server.ingest("s", Self.events(0..<1))
            #expect(try await first.value.count == 1)
        }
    }

    @Test("Readers that left before they were answered, or in silence, are gone at once")
    func readersThatLeave() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Self.events(0..<1))
            for number in 0..<200 {
                // Cut with the request out: as a rule before the head of the answer is written.
                try server.cut("GET /v1/streams/s/tail HTTP/1.1\r\nHost: x\r\n\r\n", isReset: number % 2 == 0)
            }
            try await server.waitForReaders(0)
        }
    }

    @Test("Readers of a removed tail request are told so, and one that comes later finds none")
    func removedRequest() async throws {
        try await TestServer.run { server in
            _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#)
            _ = try await server.ingest("s", Self.events(0..<3))
            async let end = server.read("/v1/tail-requests/tr_1/events?from=oldest", count: 4, isMeant: { _ in true })
            try await server.waitForReaders(1)
            #expect(try await server.send("DELETE", "/v1/tail-requests/tr_1").status == 204)
            #expect(try await end.last?["reason"] == .string("removed"))
            #expect(try await server.send("GET", "/v1/tail-requests/tr_1/events").status == 404)
        }
    }

    @Test("A reader hears of a long past in which nothing matches, and of where it is")
    func silentPast() async throws {
        try await TestServer.run(adjust: { $0.delivery.heartbeatMicroseconds = 1 }) { server in
            _ = try await server.ingest("s", Self.events(0..<10_000))
            let records = try await server.read(
                "/v1/streams/s/tail?filter=event.v%20%3C%200&from=oldest", count: 2, isMeant: { _ in true })
            #expect(records.allSatisfy { $0["kind"] == .string("heartbeat") && $0["cursor"] != nil }, "\(records)")
        }
    }

    @Test("A silent reader's cursor moves over what does not match")
    func silentCursor() async throws {
        try await TestServer.run(adjust: { $0.delivery.heartbeatMicroseconds = 1_000 }) { server in
            _ = try await server.ingest("s", Self.events(0..<10))
            async let heartbeat = server.read("/v1/streams/s/tail?filter=event.v%20%3C%200", count: 1) {
                $0["cursor"] == .string("0:1-110")
            }
            try await server.waitForReaders(1)
            _ = try await server.ingest("s", Self.events(10..<110))
            #expect(try await heartbeat.count == 1)
        }
    }

    @Test("Tail requests beyond the limit are told the limit, what is used and what to do")
    func requestLimit() async throws {
        try await TestServer.run(adjust: { $0.manager.limits.requests = 2 }) { server in
            for status in [201, 201, 429] {
                let answer = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","predictions":false}"#)
                #expect(answer.status == status)
                guard status == 429 else { continue }
                #expect(answer.json?["limit"] == .string("limits.tailRequests"))
                #expect(answer.json?["maximum"] == .integer(2))
                #expect(answer.json?["used"] == .integer(2))
                #expect(answer.json?["remedy"]?.string?.isEmpty == false)
            }
            _ = try await server.send("DELETE", "/v1/tail-requests/tr_1")
            #expect(try await server.send("POST", "/v1/tail-requests", #"{"stream":"s"}"#).status == 201)
        }
    }

    @Test("A rate limit counts matched events alone: what the filter passes by costs nothing")
    func rateLimit() async throws {
        try await TestServer.run { server in
            let body = #"{"stream":"s","filter":"event.v >= 1990","predictions":false,"rateLimit":10}"#
            _ = try await server.send("POST", "/v1/tail-requests", body)
            _ = try await server.ingest("s", Self.events(0..<2_000))
            // A second's worth may go at once: ten matches do, although two thousand events were looked at.
            let clock = ContinuousClock()
            let begun = clock.now
            #expect(try await server.read("/v1/tail-requests/tr_1/events?from=oldest", count: 10).count == 10)
            #expect(clock.now - begun < .seconds(30))
        }
    }

    @Test("Readers are told the end and where to go on")
    func shutdown() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder)
        _ = try await server.ingest("s", Self.events(0..<5))
        async let end = server.read("/v1/streams/s/tail?from=oldest", count: 6, isMeant: { _ in true })
        try await Task.sleep(for: .milliseconds(300))
        try await server.stop()
        let records = try await end
        #expect(records.last?["kind"] == .string("end"))
        #expect(records.last?["cursor"] == .string("0:1-5"))
    }

    private func waitForLines(_ count: Int, in path: String) async throws {
        for _ in 0..<2_000 where lines(of: path).count < count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(lines(of: path).count == count)
    }
}
#endif
