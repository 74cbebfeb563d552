#if Server
import ArgumentParser
import FieldExtraction
import Testing

@testable import ForetailCLI

@Suite("StreamCommand") struct StreamCommandTests {
    @Test("what is not stated is not sent")
    func minimal() throws {
        #expect(try StreamCommand.Add.parse(["metrics"]).document().compact == "{}")
    }

    @Test("settings are sent as they are said")
    func settings() throws {
        let command = try StreamCommand.Add.parse([
            "metrics", "--key", "host,event.cpu", "--time", "at", "--lateness", "2s", "--durability", "os",
            "--retention-age", "30d", "--retention-bytes", "1000000",
        ])
        #expect(
            try command.document().compact
                == #"{"key":["host","cpu"],"time":"at","lateness":"2000000us","durability":"os","retention":{"age":"2592000000000us","bytes":1000000}}"#
        )
    }

    @Test("a stream of counts says what is counted, and its lateness is that of the counted events")
    func count() throws {
        let command = try StreamCommand.Add.parse([
            "errors", "--count-of", "app", "--every", "1m", "--by", "service", "--filter", "event.level == 'error'",
            "--zeros", "10", "--lateness", "5s",
        ])
        #expect(
            try command.document().compact
                == #"{"count":{"from":"app","every":"60000000us","by":["service"],"filter":"event.level == 'error'","lateness":"5000000us","zeros":10}}"#
        )
    }

    @Test(
        "what does not go together is refused before anybody is asked",
        arguments: [
            (["s", "--count-of", "app"], "add --every"), (["s", "--every", "1m"], "--count-of STREAM"),
            (["s", "--filter", "true"], "--count-of STREAM"),
            (["s", "--count-of", "app", "--every", "1m", "--key", "a"], "--key: a stream of counts"),
            (["s", "--count-of", "app", "--every", "1m", "--time", "a"], "--time: a stream of counts"),
        ])
    func refused(arguments: [String], message: String) {
        do {
            _ = try StreamCommand.Add.parse(arguments)
            Issue.record("\(arguments) were taken")
        } catch {
            #expect(StreamCommand.Add.message(for: error).contains(message))
        }
    }

    @Test("lists are read page by page")
    func pages() async throws {
        let server = TinyServer([
            .init(200, #"{"streams":[{"name":"a b"}],"next":"a b"}"#), .init(200, #"{"streams":[{"name":"c"}]}"#),
        ])
        let streams = try await ServerOptions.run(at: ServerAddress.given(server.url)) { client in
            try await client.all(StreamCommand.path, "streams", [("x", "y")])
        }
        #expect(streams.compactMap { $0["name"]?.text } == ["a b", "c"])
        #expect(server.asked.map(\.line) == ["GET /v1/streams?x=y", "GET /v1/streams?x=y&after=a%20b"])
    }

    @Test("a stream is shown with what it is counted from, its log, and nothing that a terminal would obey")
    func shown() throws {
        let stream = try JSONValue(
            parsing: Array(
                #"""
                {"name":"errors","created":"2026-01-01T00:00:00Z","key":["service"],"time":"time","lateness":"0us",
                "durability":"fsync","retention":{"age":"30d"},
                "count":{"from":"app","every":"1m","by":["service"],"filter":"event.level == '\u001b[31m'"},
                "counting":{"position":"0:1-9","problem":"the disk is full"},
                "log":{"first":"0:1-1","lastDurable":"0:1-1200","next":"0:1-1201","count":1200,"bytes":123456,
                "damagedBlocks":0},
                "events":{"series":3},"warmUp":{"phase":"learning","done":10,"total":100}}
                """#.utf8))
        let style = TerminalStyle(hasColors: false, columns: nil)
        let text = String(decoding: StreamText.facts(stream, style: style), as: UTF8.self)
        for part in [
            "app every 1m by service where event.level == '", "counted to     0:1-9", "the disk is full",
            "1,200 events, 123", "learning, 10 of 100 events", "30d",
        ] {
            #expect(text.contains(part), "\(part) is missing in \(text)")
        }
        #expect(!text.contains("\u{1B}"))
        let table = StreamText.table([stream], style: style)
        #expect(String(decoding: table, as: UTF8.self).split(separator: "\n").count == 2)
        #expect(StreamText.table([], style: style) == Array("no streams\n".utf8))
    }
}
#endif
