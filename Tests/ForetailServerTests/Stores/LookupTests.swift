#if Server
import FieldExtraction
import Foretail
import ForetailTesting
import Testing

@testable import ForetailServer

/// Joins, against a real server over loopback.
@Suite("Lookups", .timeLimit(.minutes(5))) struct LookupTests {
    private static let lookup =
        #"{"name":"who","store":"crm","query":"SELECT name FROM people WHERE id = $1","key":"event.id","maxWait":"30s"}"#

    private static func request(_ lookup: String = lookup, more: String = "") -> String {
        #"{"stream":"s","lookups":[\#(lookup)]\#(more)}"#
    }

    private static func events(_ range: Range<Int>) -> [String] {
        range.map { #"{"time":\#(1_767_225_600 + $0),"id":"p\#($0 % 5)","v":\#($0)}"# }
    }

    private static func stores(_ store: InMemoryReferenceStore) -> ReferenceStores {
        var stores = ReferenceStores()
        stores.add("crm", store)
        return stores
    }

    private static var people: InMemoryReferenceStore {
        InMemoryReferenceStore(
            Dictionary(uniqueKeysWithValues: (0..<4).map { ("p\($0)", #"{"name":"n\#($0)"}"#) }))
    }

    @Test("Live and stored events leave with the rows of their keys, in order")
    func joins() async throws {
        let store = Self.people
        try await TestServer.run(stores: Self.stores(store)) { server in
            let registered = try await server.send("POST", "/v1/tail-requests", Self.request())
            #expect(registered.status == 201, "\(registered.text)")
            #expect(registered.json?["lookups"]?.elements?.first?["store"] == .string("crm"))
            let path = "/v1/tail-requests/tr_1/events"
            var reader = try await server.open(path)
            _ = try await server.ingest("s", Self.events(0..<40))
            for records in [try await reader.next(40), try await server.read(path + "?from=oldest", count: 40)] {
                #expect(Set(records.compactMap { $0["event"]?["v"]?.integer }) == Set(0..<40))
                for record in records {
                    let value = try #require(record["event"]?["v"]?.integer)
                    let rows = record["lookups"]?["who"]?["rows"]?.elements
                    #expect(rows?.first?["name"]?.string == (value % 5 < 4 ? "n\(value % 5)" : nil))
                    #expect(rows?.count == (value % 5 < 4 ? 1 : 0))
                    #expect(["staged", "fetched"].contains(record["lookups"]?["who"]?["source"]?.string))
                }
            }
            let status = try await server.send("GET", "/v1/tail-requests/tr_1/buffer").json?["lookups"]?.elements?.first
            #expect([status?["staged"]?.integer, status?["fetched"]?.integer].compactMap(\.self).reduce(0, +) == 40)
            // A reader that reads the past asks for itself.
            #expect(status?["demandFetches"] == .integer(5))
        }
    }

    @Test("While an event waits those of other keys pass, and a reader resumes before the one that waits")
    func resume() async throws {
        let store = Self.people
        try await TestServer.run(stores: Self.stores(store)) { server in
            _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"id","time":"time"}"#)
            _ = try await server.send("POST", "/v1/tail-requests", Self.request())
            let path = "/v1/tail-requests/tr_1/events"
            var reader = try await server.open(path)
            _ = try await server.ingest("s", Self.events(0..<1))
            #expect(try await reader.next()?["resume"] == nil)
            #expect(reader.lastEventID == "0:1-1")
            store.hold()
            // p1 is not staged and its store is silent; p0 is staged.
            _ = try await server.ingest("s", Self.events(1..<2) + Self.events(5..<6))
            let record = try await reader.next()
            #expect(record?["event"]?["v"] == .integer(5))
            #expect(record?["position"] == .string("0:1-3"))
            #expect(record?["resume"] == .string("0:1-1"))
            #expect(reader.lastEventID == "0:1-1")
            store.release()
            #expect(try await reader.next()?["event"]?["v"] == .integer(1))
            #expect(reader.lastEventID == "0:1-3")
            let rest = try await server.read(path + "?after=0:1-1", count: 2)
            #expect(Set(rest.map { $0["event"]?["v"]?.integer }) == [1, 5])
        }
    }

    @Test("A store that hangs or fails holds no event longer than its lookup allows")
    func faults() async throws {
        let store = Self.people
        try await TestServer.run(stores: Self.stores(store)) { server in
            let quick = Self.lookup.replacing("30s", with: "20ms").dropLast() + #","maxStaleness":"1ms"}"#
            _ = try await server.send("POST", "/v1/tail-requests", Self.request(String(quick)))
            var reader = try await server.open("/v1/tail-requests/tr_1/events")
            store.hold()
            _ = try await server.ingest("s", Self.events(0..<5))
            #expect(try await reader.next(5).allSatisfy { $0["lookups"]?["who"]?["source"] == .string("timeout") })
            store.fail(ReferenceFailure(.connection, "the store is down"))
            store.release()
            _ = try await server.ingest("s", Self.events(5..<10))
            for record in try await reader.next(5) {
                let who = record["lookups"]?["who"]
                #expect(["none", "timeout"].contains(who?["source"]?.string))
                #expect(who?["rows"] == nil)
            }
        }
    }

    @Test("An event without a row is dropped where that was asked for, and the reader's place moves on")
    func drop() async throws {
        try await TestServer.run(stores: Self.stores(Self.people)) { server in
            let dropping = Self.lookup.dropLast() + #","onNoRow":"drop"}"#
            _ = try await server.send("POST", "/v1/tail-requests", Self.request(String(dropping)))
            let path = "/v1/tail-requests/tr_1/events"
            var reader = try await server.open(path)
            _ = try await server.ingest("s", Self.events(0..<10))
            #expect(Set(try await reader.next(8).map { $0["event"]?["v"]?.integer }) == [0, 1, 2, 3, 5, 6, 7, 8])
            let stored = try await server.read(path + "?from=oldest", count: 8)
            #expect(Set(stored.map { $0["event"]?["v"]?.integer }) == [0, 1, 2, 3, 5, 6, 7, 8])
            let status = try await server.send("GET", "/v1/tail-requests/tr_1/buffer").json?["lookups"]?.elements?.first
            #expect(status?["dropped"] == .integer(2))
        }
    }

    @Test(
        "A lookup that cannot work is refused when it is registered",
        arguments: [
            (#"{"name":"a","store":"erp","query":"q $1","key":"event.id"}"#, "lookups[0].store"),
            (
                #"{"name":"a","store":"crm","query":"SELECT * FROM missing WHERE id = $1","key":"event.id"}"#,
                "lookups[0].query"
            ),
            (#"{"name":"a","store":"crm","query":"q $1","key":"event.id +"}"#, "lookups[0].key"),
            (#"{"name":"a","store":"crm","query":"q $1"}"#, "lookups[0].query"),
            (#"{"store":"crm","query":"q $1","key":"event.id"}"#, "lookups[0].name"),
            (
                #"{"name":"a","store":"crm","query":"q $1","key":"event.id","maxStaleness":"0s"}"#,
                "lookups[0].maxStaleness"
            ),
            (#"{"name":"a","store":"crm","query":"q $1","key":"event.id","onNoRow":"weep"}"#, "lookups[0].onNoRow"),
            (#"{"name":"a","store":"crm","query":"q $1","key":"event.id","wait":1}"#, "lookups[0].wait"),
            (#"{"name":"a","store":"history","query":"q $1"}"#, "lookups[0].query"),
            (#"{"name":"a","store":"history","key":"event.id +"}"#, "lookups[0].key"),
        ])
    func refused(lookup: String, field: String) async throws {
        try await TestServer.run(stores: Self.stores(Self.people)) { server in
            let answer = try await server.send("POST", "/v1/tail-requests", Self.request(lookup))
            #expect(answer.status == (lookup.contains("erp") ? 409 : 400), "\(answer.text)")
            #expect(answer.json?["field"] == .string(field), "\(answer.text)")
        }
    }

    @Test("Lookups survive a restart")
    func restart() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let stores = Self.stores(Self.people)
        let server = try await TestServer.start(folder: folder, stores: stores)
        _ = try await server.send("POST", "/v1/tail-requests", Self.request())
        let before = try await server.send("GET", "/v1/tail-requests/tr_1")
        try await server.stop()
        let again = try await TestServer.start(folder: folder, stores: stores)
        #expect(try await again.send("GET", "/v1/tail-requests/tr_1").json?["lookups"] == before.json?["lookups"])
        var reader = try await again.open("/v1/tail-requests/tr_1/events")
        _ = try await again.ingest("s", Self.events(0..<1))
        #expect(try await reader.next()?["lookups"]?["who"]?["rows"]?.elements?.count == 1)
        try await again.stop()
    }

    @Test("A file has every event, though the server ended while rows were waited for")
    func endWhileWaiting() async throws {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        let request = Self.request(more: #","destination":{"type":"file","path":"joined.ndjson"},"predictions":false"#)
        // Every second event has no key for its lookup, and leaves before the others.
        let events = (0..<6).map { $0 % 2 == 0 ? #"{"v":\#($0)}"# : #"{"v":\#($0),"id":"p\#($0 % 3)"}"# }
        let live = Self.people
        live.hold()
        var server = try await TestServer.start(folder: folder, stores: Self.stores(live))
        _ = try await server.send("PUT", "/v1/streams/s", #"{"key":"v"}"#)
        #expect(try await server.send("POST", "/v1/tail-requests", request).status == 201)
        _ = try await server.ingest("s", events)
        try await server.stop()
        // Now they are read from the log.
        let past = Self.people
        past.hold()
        server = try await TestServer.start(folder: folder, stores: Self.stores(past))
        while past.asked.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        try await server.stop()
        server = try await TestServer.start(folder: folder, stores: Self.stores(Self.people))
        var values: Set<Int64?> = []
        while values.count < 6 {
            values = Set(
                try lines(of: "\(folder)/files/joined.ndjson").map {
                    try JSONValue(parsing: Array($0.utf8))["event"]?["v"]?.integer
                })
            try await Task.sleep(for: .milliseconds(5))
        }
        try await server.stop()
    }
}
#endif
