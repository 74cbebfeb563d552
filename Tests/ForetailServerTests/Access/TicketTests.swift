#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

@Suite("Tickets", .timeLimit(.minutes(20))) struct TicketTests {
    @Test("A ticket opens the one reading it is for, without a token, and nothing else")
    func use() async throws {
        try await TokenServer.run { setup in
            let answer = try await setup.send("reader", "POST", "/v1/tickets", #"{"request":"tr_1"}"#)
            #expect(answer.status == 201 && answer.headers["cache-control"] == "no-store", "\(answer.text)")
            let ticket = try #require(answer.json?["ticket"]?.string)
            for path in ["/v1/tail-requests/tr_1/events", "/v1/tail-requests/tr_1/events"] {
                // Again within its minute: an EventSource that lost its connection asks for the same URL.
                let records = try await setup.server.read("\(path)?from=oldest&ticket=\(ticket)", count: 20)
                #expect(records.count == 20)
            }
            for path in [
                "/v1/streams/a.s/tail?ticket=\(ticket)", "/v1/tail-requests/tr_1?ticket=\(ticket)",
                "/v1/tail-requests/tr_2/events?ticket=\(ticket)", "/v1/streams?ticket=\(ticket)",
                "/v1/tail-requests/tr_1/events?ticket=\(ticket)0", "/v1/tail-requests/tr_1/events?ticket=",
            ] {
                #expect(try await setup.server.send("GET", path).status == 401, "\(path)")
            }
            let stream = try await setup.send("a", "POST", "/v1/tickets", #"{"stream":"a.s"}"#)
            let other = try #require(stream.json?["ticket"]?.string)
            let records = try await setup.server.read("/v1/streams/a.s/tail?from=oldest&ticket=\(other)", count: 20)
            #expect(records.count == 20)
            // With a token, the token decides.
            #expect(try await setup.send("b", "GET", "/v1/streams/a.s/tail?ticket=\(other)").status == 404)
            for body in [#"{}"#, #"{"request":"tr_1","stream":"a.s"}"#, #"{"colour":"red"}"#] {
                #expect(try await setup.send("a", "POST", "/v1/tickets", body).status == 400, "\(body)")
            }
            #expect(try await setup.send("a", "POST", "/v1/tickets", #"{"request":"tr_9"}"#).status == 404)
        }
    }

    @Test("A ticket ends with its minute, and with the token it was given for")
    func end() throws {
        let desk = TicketDesk(limit: 2)
        let use = try TokenUse(
            TokenSecret.random().stored(
                TokenDefinition(name: "a", scopes: [.read], streams: [.all]), created: ServerClock().now()),
            tenant: Tenant("a", threads: TenantDesk.idle))
        let ticket = Ticket(target: .request("tr_1"))
        let text = try desk.issue(ticket, for: use, now: 0)
        let route = Route.requestEvents("tr_1")
        #expect(desk.access(text, to: route, now: 59_999_999)?.use === use)
        #expect(desk.access(text, to: route, now: 60_000_000) == nil)
        #expect(desk.access(text, to: .requestEvents("tr_2"), now: 1) == nil)
        #expect(desk.access(text, to: .streamTail("tr_1"), now: 1) == nil)
        let access = try #require(desk.access(text, to: route, now: 1))
        #expect(access.allows(.read) && !access.allows(.write) && !access.isWhole)
        #expect(access.isInForce(ServerClock().now()))
        use.revoked = ServerClock().now()
        #expect(!access.isInForce(ServerClock().now()))
        // No more than the limit, until some have ended.
        _ = try desk.issue(ticket, for: use, now: 1)
        #expect(throws: Problem.self) { try desk.issue(ticket, for: use, now: 2) }
        _ = try desk.issue(ticket, for: use, now: 60_000_001)
        // Nobody's tickets open nothing once tokens are in force.
        let open = TicketDesk(limit: 1)
        let nobodys = try open.issue(ticket, for: nil, now: 0)
        #expect(open.access(nobodys, to: route, now: 1) == nil)
    }

    @Test("Who reads is told that his token was revoked, and nothing more")
    func revoked() async throws {
        try await TokenServer.run(adjust: { $0.delivery.heartbeatMicroseconds = 50_000 }) { setup in
            var reader = try await setup.server.open("/v1/tail-requests/tr_1/events", headers: [setup.header("reader")])
            #expect(try await setup.ingest("a", "a.s", 20..<21).status == 200)
            #expect(try await reader.next()?["event"]?["v"] == .integer(20))
            let path = "/v1/tokens/\(setup.ids["reader"] ?? "")"
            #expect(try await setup.send("root", "DELETE", path).status == 204)
            #expect(try await setup.ingest("a", "a.s", 21..<22).status == 200)
            #expect(try await reader.next() == nil)
            #expect(reader.end?["reason"] == .string("unauthenticated"))
        }
    }
}

extension TenantDesk {
    /// Threads that nobody starts.
    fileprivate static var idle: TenantThreads {
        TenantThreads(
            makeShard: { Shard(number: 0, configuration: ServerConfiguration()) },
            makeWriter: { preconditionFailure("no stream is made") })
    }
}
#endif
