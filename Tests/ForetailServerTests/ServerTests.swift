#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import Testing

@testable import ForetailServer

/// Against a real server over loopback.
@Suite("Server", .timeLimit(.minutes(20))) struct ServerTests {
    @Test("Events are acknowledged with their last position, and read back in order")
    func ingestAndHistory() async throws {
        try await TestServer.run { server in
            let answer = try await server.ingest("s", Samples.events(0..<2_500) + ["{", "7"])
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
            async let first = server.ingest("s", Samples.events(0..<30_000))
            async let second = server.ingest("s", Samples.events(30_000..<60_000))
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
            let answer = try await server.ingest("s", Samples.events(0..<20_000))
            #expect(answer.status == 413)
            let accepted = try #require(answer.json?["accepted"]?.integer)
            #expect(accepted > 0)
            #expect(answer.json?["remedy"]?.string?.contains("up to line \(accepted) is durable") == true)
            let stored = try await server.read("/v1/streams/s/history?limit=100000", count: 100_000)
            #expect(stored.compactMap { $0["event"]?["v"]?.integer } == (0..<accepted).map { $0 })
            // The rest is read and dropped: whoever is cut off while he sends does not get to the answer.
            let last = try await server.send(
                "POST", "/v1/streams/s/events", Samples.events(0..<200_000).joined(separator: "\n"),
                type: "application/x-ndjson", headers: [("connection", "close")])
            #expect(last.status == 413)
        }
    }

    @Test("Streams, tail requests, positions and what was learned survive a restart")
    func restart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host","time":"time","durability":"os"}"#)
        _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v >= 0","steps":2}"#)
        _ = try await server.ingest("s", Samples.events(0..<300))
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
        let answer = try await server.ingest("s", Samples.events(300..<400))
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
            _ = try await server.ingest("s", Samples.events(0..<3_000))
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

    @Test("A position that the stream never gave is refused, not waited for")
    func strangePosition() async throws {
        try await TestServer.run { server in
            _ = try await server.ingest("s", Samples.events(0..<5))
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
            _ = try await server.ingest("s", Samples.events(0..<10))
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
            _ = try await server.ingest("s", Samples.events(0..<10))
            let name = server
            async let removed = name.send("DELETE", "/v1/streams/s")
            async let put = name.send("PUT", "/v1/streams/s", #"{"durability":"os"}"#)
            async let request = name.send("POST", "/v1/tail-requests", #"{"stream":"s","predictions":false}"#)
            async let written = name.ingest("s", Samples.events(0..<10))
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

    @Test("A change of a filter right after a restart leaves the past to the old one")
    func changeAfterRestart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        var server = try await TestServer.start(folder: folder)
        _ = try await server.send("POST", "/v1/tail-requests", #"{"stream":"s","filter":"event.v < 5"}"#)
        _ = try await server.ingest("s", Samples.events(0..<10))
        try await server.stop()
        server = try await TestServer.start(folder: folder)
        let changed = try await server.send("PATCH", "/v1/tail-requests/tr_1", #"{"filter":"event.v >= 5"}"#)
        #expect(changed.json?["inForceAfter"] == .string("0:1-10"))
        _ = try await server.ingest("s", Samples.events(10..<12))
        let all = try await server.read("/v1/tail-requests/tr_1/events?from=oldest", count: 7)
        #expect(all.map { $0["event"]?["v"]?.integer } == [0, 1, 2, 3, 4, 10, 11])
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
            _ = try await server.ingest("s", Samples.events(0..<500))
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
                                case 2, 3: try await server.ingest(stream, Samples.events(0..<20))
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
            #expect(try await server.ingest("a", Samples.events(0..<3)).json?["last"] == .string("0:1-3"))
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
            _ = try await server.ingest("s", Samples.events(0..<5))
            let head = try await server.send("HEAD", path)
            let get = try await server.send("GET", path)
            #expect(head.status == get.status)
            #expect(head.text.isEmpty)
            #expect(head.headers["content-type"] == get.headers["content-type"])
            #expect(head.headers["content-length"] == get.headers["content-length"])
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
}
#endif
