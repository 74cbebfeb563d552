#if Server
import Crypto
import FieldExtraction
import Foretail
import ForetailSQLite
import FoundationEssentials
import HTTPTypes
import Synchronization
import Testing

@testable import ForetailServer

#if canImport(Glibc)
import Glibc
#endif

/// Deliveries to webhooks, of a real server over loopback to a receiver in this process.
@Suite("Webhook delivery", .timeLimit(.minutes(20))) struct WebhookDeliveryTests {
    static let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    /// Time compressed: what takes minutes takes milliseconds.
    static func adjust(_ configuration: inout ServerConfiguration) {
        configuration.webhooks.allow = [AddressBlock("127.0.0.1/32")!]
        configuration.webhooks.timeoutMicroseconds = 30_000_000
        configuration.webhooks.retryMicroseconds = 2_000
        configuration.webhooks.longestRetryMicroseconds = 20_000
        configuration.webhooks.longestRetryAfterMicroseconds = 50_000
        configuration.webhooks.breakerFailures = 3
        configuration.webhooks.breakerMicroseconds = 5_000
        configuration.webhooks.longestBreakerMicroseconds = 20_000
        configuration.delivery.heartbeatMicroseconds = 50_000
        configuration.delivery.tickMicroseconds = 10_000
    }

    static func body(_ url: String, _ more: String = "", request: String = "") -> String {
        #"{"stream":"s","predictions":false\#(request),"destination":{"type":"webhook","url":"\#(url)","secret":"\#(secret)"\#(more)}}"#
    }

    /// The values of the events that messages hold, repetitions of a message left out.
    static func values(_ messages: [TestReceiver.Message]) -> [Int64] {
        var seen: Set<String> = []
        return messages.filter { seen.insert($0.id).inserted }.flatMap(\.records).compactMap {
            $0["event"]?["v"]?.integer
        }
    }

    static func delivery(
        _ server: TestServer, _ id: String = "tr_1", until isMeant: (JSONValue?) -> Bool
    ) async throws -> JSONValue? {
        var delivery: JSONValue?
        for _ in 0..<6_000 {
            delivery = try await server.send("GET", "/v1/tail-requests/\(id)").json?["delivery"]
            if isMeant(delivery) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(isMeant(delivery), "\(String(describing: delivery))")
        return delivery
    }

    @Test("Every match comes once, in order, as signed batches of CloudEvents")
    func delivered() async throws {
        let receiver = try await TestReceiver.start()
        try await TestServer.run(adjust: Self.adjust) { server in
            let definition = Self.body(
                receiver.url, #","batchRecords":7"#, request: #","filter":"event.v % 2 == 0""#)
            let made = try await server.send("POST", "/v1/tail-requests", definition)
            #expect(made.status == 201, "\(made.text)")
            #expect(!made.text.contains("whsec_"), "a secret that was given is not told again")
            _ = try await server.ingest("s", Samples.events(0..<100))
            #expect(try await receiver.wait { Self.values($0).count >= 50 })
            #expect(Self.values(receiver.messages) == (0..<100).filter { $0 % 2 == 0 })
            let status = try await Self.delivery(server) { $0?["state"] == .string("current") }
            #expect(status?["position"] == .string("0:1-99"))
            #expect(status?["written"] == .integer(50))
            #expect(status?["breaker"] == .string("closed"))
            let shown = try await server.send("GET", "/v1/tail-requests/tr_1").text
            #expect(!shown.contains("secret"))
            #expect(!(try await server.send("GET", "/v1/tail-requests").text.contains("secret")))
        }
        let key = SymmetricKey(data: Data(base64Encoded: String(Self.secret.dropFirst(6)))!)
        for message in receiver.messages {
            #expect(message.headers["content-type"] == "application/cloudevents-batch+json")
            let events = try JSONValue(parsing: message.body).elements ?? []
            #expect((1...7).contains(events.count))
            for event in events {
                #expect(event["specversion"] == .string("1.0"))
                #expect(event["type"] == .string("foretail.event"))
                #expect(event["source"] == .string("/v1/tail-requests/tr_1"))
                #expect(event["id"] == event["data"]?["position"])
                #expect(event["time"] == event["data"]?["time"])
            }
            let signed = Array("\(message.id).\(message.headers["webhook-timestamp"] ?? "").".utf8) + message.body
            let code = Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
            #expect(message.headers["webhook-signature"] == "v1," + code)
        }
        #expect(Set(receiver.messages.map(\.id)).count == receiver.messages.count)
        await receiver.stop()
    }

    @Test("Whatever a receiver does for a while, everything comes in order, and a message keeps its id and its bytes")
    func flaky() async throws {
        let receiver = try await TestReceiver.start { number, _ in
            switch number % 9 {
            case 0: .status(500)
            case 1: .status(429, [("retry-after", "1")])
            case 2: .cut(200)
            case 3: .garbage
            case 4: .close
            case 5: .status(404)
            case 6: .status(302, [("location", "http://127.0.0.1:1/")])
            default: .status(204)
            }
        }
        try await TestServer.run(adjust: Self.adjust) { server in
            _ = try await server.send("POST", "/v1/tail-requests", Self.body(receiver.url, #","batchRecords":10"#))
            for start in stride(from: 0, to: 200, by: 20) {
                _ = try await server.ingest("s", Samples.events(start..<start + 20))
            }
            let status = try await Self.delivery(server) {
                $0?["written"] == .integer(200) && $0?["state"] == .string("current")
            }
            #expect(status?["failures"] != .integer(0))
            #expect(status?["failuresInARow"] == .integer(0))
        }
        #expect(Self.values(receiver.messages) == (0..<200).map(Int64.init))
        var bodies: [String: [UInt8]] = [:]
        for message in receiver.messages {
            #expect(bodies.updateValue(message.body, forKey: message.id) ?? message.body == message.body)
        }
        // Nothing overtakes: a message's attempts follow one another.
        let order = receiver.messages.map(\.id)
        #expect(zip(order, order.dropFirst()).filter { $0 != $1 }.count == Set(order).count - 1)
        await receiver.stop()
    }

    @Test(
        "A batch that was under way when the server ended comes again with the same id and the same bytes, after a restart"
    )
    func restart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let isUp = Flag()
        let receiver = try await TestReceiver.start { _, _ in isUp.value ? .status(200) : .status(503) }
        var server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        _ = try await server.send("POST", "/v1/tail-requests", Self.body(receiver.url, #","batchRecords":3"#))
        _ = try await server.ingest("s", Samples.events(0..<10))
        #expect(try await receiver.wait { $0.count >= 2 })
        try await server.stop()
        let first = try #require(receiver.messages.first)
        // What comes meanwhile is no part of a batch that was tried.
        isUp.value = true
        server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        _ = try await server.ingest("s", Samples.events(10..<20))
        #expect(try await receiver.wait { Self.values($0).count >= 20 })
        #expect(Self.values(receiver.messages) == (0..<20).map(Int64.init))
        for message in receiver.messages where message.id == first.id { #expect(message.body == first.body) }
        _ = try await Self.delivery(server) { $0?["state"] == .string("current") }
        try await server.stop()
        let count = receiver.messages.count
        server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        _ = try await server.ingest("s", Samples.events(20..<21))
        #expect(try await receiver.wait { Self.values($0).count >= 21 })
        #expect(receiver.messages.count == count + 1, "what was taken does not come again")
        try await server.stop()
        await receiver.stop()
    }

    @Test("A secret that was replaced signs beside the new one")
    func rotated() async throws {
        let receiver = try await TestReceiver.start()
        let other = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
        func codes(_ message: TestReceiver.Message) throws -> [String] {
            try [other, Self.secret].map { secret in
                var code = HMAC<SHA256>(key: SymmetricKey(data: try WebhookSecret(secret).bytes))
                let head = "\(message.id).\(message.headers["webhook-timestamp"] ?? "")."
                code.update(data: Array(head.utf8))
                code.update(data: message.body)
                return "v1," + Data(code.finalize()).base64EncodedString()
            }
        }
        try await TestServer.run(adjust: Self.adjust) { server in
            _ = try await server.send("POST", "/v1/tail-requests", Self.body(receiver.url))
            let change = #"{"destination":{"type":"webhook","url":"\#(receiver.url)","secret":"\#(other)"}}"#
            let changed = try await server.send("PATCH", "/v1/tail-requests/tr_1", change)
            #expect(changed.status == 200, "\(changed.text)")
            _ = try await server.ingest("s", Samples.events(0..<3))
            #expect(try await receiver.wait { Self.values($0).count >= 3 })
            for message in receiver.messages {
                #expect(message.headers["webhook-signature"] == (try codes(message)).joined(separator: " "))
            }
        }
    }

    @Test("A previous secret is in force until its time")
    func previousSecret() {
        var webhook = StoredWebhook(secret: [1], salt: [])
        webhook.replaceSecret([1], keepingPreviousUntil: Timestamp(microseconds: 5))
        #expect(webhook.previous == nil, "the same is no change")
        webhook.replaceSecret([2], keepingPreviousUntil: Timestamp(microseconds: 5))
        let secrets = WebhookSecrets(webhook)
        #expect(secrets.inForce(at: Timestamp(microseconds: 4)).map(\.bytes) == [[2], [1]])
        #expect(secrets.inForce(at: Timestamp(microseconds: 5)).map(\.bytes) == [[2]])
    }

    @Test("A secret that nobody gave is shown once, and only its owner can read the file it is in")
    func generated() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        let body = #"{"stream":"s","destination":{"type":"webhook","url":"https://hooks.test/"}}"#
        let made = try await server.send("POST", "/v1/tail-requests", body)
        let secret = try #require(made.json?["destination"]?["secret"]?.string)
        #expect(try WebhookSecret(secret).bytes.count == 32)
        #expect(try await !server.send("GET", "/v1/tail-requests/tr_1").text.contains("whsec"))
        for file in ["webhooks.sqlite", "webhooks.sqlite-wal"] {
            #expect(rights(of: "\(folder)/\(file)") == 0o600, "\(file)")
        }
        try await server.stop()
    }

    @Test("410 stops a webhook, also over a restart; another destination lets it go on where it was")
    func gone() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let receiver = try await TestReceiver.start { _, message in .status(message.path == "/hook" ? 410 : 200) }
        var server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        _ = try await server.send("POST", "/v1/tail-requests", Self.body(receiver.url))
        _ = try await server.ingest("s", Samples.events(0..<5))
        let stopped = try await Self.delivery(server) { $0?["state"] == .string("stopped") }
        #expect(stopped?["stopped"]?.string?.contains("410") == true)
        try await server.stop()
        server = try await TestServer.start(folder: folder, adjust: Self.adjust)
        _ = try await server.ingest("s", Samples.events(5..<8))
        _ = try await Self.delivery(server) { $0?["state"] == .string("stopped") }
        #expect(receiver.messages.count == 1)
        let change = #"{"destination":{"type":"webhook","url":"http://127.0.0.1:\#(receiver.port)/other"}}"#
        let changed = try await server.send("PATCH", "/v1/tail-requests/tr_1", change)
        #expect(changed.status == 200, "\(changed.text)")
        #expect(try await receiver.wait { Self.values($0.filter { $0.path == "/other" }).count >= 8 })
        #expect(Self.values(receiver.messages.filter { $0.path == "/other" }) == (0..<8).map(Int64.init))
        _ = try await Self.delivery(server) { $0?["state"] == .string("current") }
        try await server.stop()
        await receiver.stop()
    }

    @Test("A name that leads to this machine is refused, the status says so, and nothing is lost")
    func forbidden() async throws {
        let receiver = try await TestReceiver.start()
        let resolver = ScriptedResolver { _, number in number < 3 ? ["169.254.169.254"] : ["127.0.0.1"] }
        try await TestServer.run(adjust: { configuration in
            Self.adjust(&configuration)
            configuration.webhookResolver = resolver
            configuration.webhooks.retryMicroseconds = 200_000
        }) { server in
            _ = try await server.send(
                "POST", "/v1/tail-requests", Self.body("http://hooks.test:\(receiver.port)/hook"))
            _ = try await server.ingest("s", Samples.events(0..<5))
            let refused = try await Self.delivery(server) { $0?["lastProblem"] != nil }
            #expect(refused?["lastProblem"]?["detail"]?.string?.contains("metadata") == true)
            #expect(try await receiver.wait { Self.values($0).count == 5 })
        }
        await receiver.stop()
    }

    @Test("Predictions and outcomes come where they are asked for, and what cannot be sent does not hold up events")
    func predictions() async throws {
        let receiver = try await TestReceiver.start { _, message in
            message.records.first?["kind"] == .string("event") ? .status(200) : .status(500)
        }
        let good = try await TestReceiver.start()
        try await TestServer.run(adjust: Self.adjust) { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"host","time":"time"}"#)
            let more = #","deliver":["events","predictions","outcomes"]"#
            for url in [receiver.url, good.url] {
                let body = Self.body(url, more).replacing(
                    #""predictions":false"#, with: #""steps":1,"minConfidence":0"#)
                #expect(try await server.send("POST", "/v1/tail-requests", body).status == 201)
            }
            for start in stride(from: 0, to: 600, by: 20) {
                _ = try await server.ingest("s", Samples.events(start..<start + 20, keys: 1))
            }
            #expect(try await receiver.wait { Self.values($0).count >= 600 })
            #expect(try await good.wait { Self.values($0).count >= 600 })
            let kinds = Set(good.messages.flatMap(\.records).compactMap { $0["kind"]?.string })
            #expect(kinds.isSuperset(of: ["event", "prediction", "outcome"]), "\(kinds)")
            #expect(Self.values(good.messages) == (0..<600).map(Int64.init))
            let predicted = good.messages.flatMap(\.records).compactMap { $0["id"]?.string }
            #expect(Set(predicted).count == predicted.count, "at most once")
            let status = try await Self.delivery(server, "tr_1") { $0?["perishablesDropped"] != .integer(0) }
            #expect(status?["perishablesSent"] == .integer(0))
        }
        await receiver.stop()
        await good.stop()
    }

    @Test(
        "A slip in a webhook is told with its field",
        arguments: [
            (#""url":1"#, "destination.url"), (#""url":"https://h/","secret":"abc""#, "destination.secret"),
            (#""url":"https://h/","secret":"whsec_YWJj""#, "destination.secret"),
            (#""url":"https://h/","deliver":["all"]"#, "destination.deliver"),
            (#""url":"https://h/","batchRecords":0"#, "destination.batchRecords"),
            (#""url":"https://h/","batchRecords":1001"#, "destination.batchRecords"),
            (#""url":"https://h/","batchBytes":1023"#, "destination.batchBytes"),
            (#""url":"https://h/","batchBytes":1048577"#, "destination.batchBytes"),
            (#""url":"https://h/","retryFor":"31d""#, "destination.retryFor"),
            (#""url":"https://h/","headers":{}"#, "destination.headers"),
            (#""url":"http://u:p@h/""#, "destination.url"),
        ])
    func slips(members: String, field: String) throws {
        let value = try JSONValue(parsing: Array(#"{"stream":"s","destination":{"type":"webhook",\#(members)}}"#.utf8))
        let problem = #expect(throws: Problem.self) { try RequestDefinition(value) }
        #expect(problem?.field == field)
        #expect(problem?.status.code == 400)
        #expect(problem.map { "\($0.detail) \($0.remedy ?? "")".contains("YWJj") } == false)
    }

    @Test("A batch holds no more bytes than asked for, unless one record is larger")
    func bytes() {
        var batch = CloudEventBatch(of: TailRequestID(7))
        let record = Array(
            #"{"kind":"event","position":"0:1-1","event":{"a":"\#(String(repeating: "x", count: 500))"}}"#.utf8)
        var count = 0
        while batch.append(record[...], kind: .event, limit: 4_096) { count += 1 }
        let size = batch.bytes
        #expect(batch.count == count && size <= 4_096 && count > 4)
        let many = batch.finish()
        #expect(many.count == size)
        #expect((try? JSONValue(parsing: many))?.elements?.count == count)
        let isIn = batch.append(record[...], kind: .event, limit: 10)
        let one = batch.finish()
        #expect(isIn, "the first always fits")
        #expect((try? JSONValue(parsing: one))?.elements?.count == 1)
    }
}

/// A switch that several threads read.
final class Flag: Sendable {
    private let state = Mutex(false)
    var value: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
#endif
