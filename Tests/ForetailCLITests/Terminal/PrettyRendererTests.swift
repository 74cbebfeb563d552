import FieldExtraction
import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct PrettyRendererTests {
    private func options(_ change: (inout PrettyRenderer.Options) -> Void = { _ in }) -> PrettyRenderer.Options {
        var options = PrettyRenderer.Options()
        options.hiddenFields = ["time", "host"]
        options.today = Records.time("2026-01-01T00:00:00Z")
        change(&options)
        return options
    }

    /// A run with one of everything.
    private func run() throws -> Records {
        var records = try Records()
        records.event(#"{"time":"x","host":"web-1","cpu":40.2,"user":"ann b"}"#, time: "2026-01-01T12:00:00Z")
        let first = records.prediction(
            [Records.cpu(41.2, tolerance: 0.8)], made: "2026-01-01T12:00:00Z", time: "2026-01-01T12:05:00Z")
        records.announce(first)
        records.event(
            #"{"time":"x","host":"web-1","cpu":41.3,"user":"bob"}"#, time: "2026-01-01T12:05:00Z", lead: 300_000_000)
        let second = records.prediction(
            [Records.cpu(40, tolerance: nil), Records.level(isAsserted: true)], made: "2026-01-01T12:05:00Z",
            time: "2026-01-01T12:10:00Z")
        records.announce(second)
        records.outcome(
            Outcome(
                prediction: second, result: .wrong, position: Position(sequence: 3), leadMicroseconds: 300_000_000,
                errors: [Outcome.FieldError(field: 0, error: 3.21)]))
        records.outcome(Outcome(prediction: second, result: .expired, errors: []))
        records.outcome(Outcome(prediction: second, result: .withdrawn, reason: .endOfInput, errors: []))
        records.gap(count: 1_234, reason: "truncated")
        return records
    }

    @Test("Events, predictions, hits and gaps stand in columns")
    func plain() throws {
        var renderer = PrettyRenderer(style: .plain, options: options())
        #expect(
            try run().rendered(&renderer) == """
                    12:00:00  web-1  cpu=40.2 user="ann b"
                  ~ 12:05:00  web-1  cpu 41.2 ±0.8             81 %  in 5m
                  ✓ 12:05:00  web-1  cpu=41.3 user=bob         ✓ +5m00s
                  ~ 12:10:00  web-1  cpu 40 (38…42)  level warn  81 %  in 5m
                !!! gap: 1,234 events are missing, 0:1-50 to 0:1-1283 (truncated)

                """)
    }

    @Test("Asked to be verbose, it shows how the others ended")
    func verbose() throws {
        var renderer = PrettyRenderer(style: .plain, options: options { $0.isVerbose = true })
        let text = try run().rendered(&renderer)
        #expect(
            text.contains(
                """
                  ✗ 12:10:00  web-1  wrong p_18  cpu off by +3.21
                  ✗ 12:10:00  web-1  expired p_18
                  - 12:10:00  web-1  withdrawn p_18 (end)

                """))
    }

    @Test("In colours: predictions dimmed, hits green, gaps loud")
    func colors() throws {
        var renderer = PrettyRenderer(
            style: TerminalStyle(hasColors: true, columns: nil), options: options { $0.isVerbose = true })
        let escape = "\u{1B}"
        #expect(
            try run().rendered(&renderer) == """
                    12:00:00  web-1  cpu=40.2 user="ann b"
                \(escape)[2m  ~ \(escape)[0m\(escape)[2m12:05:00  web-1  cpu 41.2 ±0.8           \(escape)[0m\(escape)[2m  81 %  in 5m\(escape)[0m
                \(escape)[32m  ✓ \(escape)[0m12:05:00  web-1  cpu=41.3 user=bob       \(escape)[32m  ✓ +5m00s\(escape)[0m
                \(escape)[2m  ~ \(escape)[0m\(escape)[2m12:10:00  web-1  cpu 40 (38…42)  level warn\(escape)[0m\(escape)[2m  81 %  in 5m\(escape)[0m
                \(escape)[2;31m  ✗ \(escape)[0m\(escape)[2;31m12:10:00  web-1  wrong p_18  cpu off by +3.21\(escape)[0m
                \(escape)[2;33m  ✗ \(escape)[0m\(escape)[2;33m12:10:00  web-1  expired p_18\(escape)[0m
                \(escape)[2m  - \(escape)[0m\(escape)[2m12:10:00  web-1  withdrawn p_18 (end)\(escape)[0m
                \(escape)[1;31m!!! gap: 1,234 events are missing, 0:1-50 to 0:1-1283 (truncated)\(escape)[0m

                """)
    }

    @Test("The day is said when it changes; a prediction a day ahead or more carries its own")
    func days() throws {
        var records = try Records()
        records.event(#"{"cpu":1}"#, time: "2026-01-01T23:59:59Z")
        for time in ["2026-01-02T00:59:59Z", "2026-01-02T23:59:59Z"] {
            records.announce(
                records.prediction([Records.cpu(2, tolerance: 1)], made: "2026-01-01T23:59:59Z", time: time))
        }
        records.event(#"{"cpu":2}"#, time: "2026-01-02T00:00:00Z")
        var renderer = PrettyRenderer(style: .plain, options: options { $0.today = nil })
        #expect(
            records.rendered(&renderer) == """
                ── 2026-01-01 ──
                    23:59:59  web-1  cpu=1
                  ~ 00:59:59  web-1  cpu 2 ±1                  81 %  in 1h
                  ~ 01-02 23:59:59  web-1  cpu 2 ±1                  81 %  in 1d
                ── 2026-01-02 ──
                    00:00:00        web-1  cpu=2

                """)
    }

    @Test("No line is wider than the terminal, and no character is cut in two", arguments: 40...120)
    func width(columns: Int) throws {
        var records = try Records()
        for index in 0..<40 {
            let body = #"{"m":"\#(String(repeating: "ä漢🙂é", count: index))"}"#
            records.event(body, time: "2026-01-01T12:00:00Z", lead: index % 2 == 0 ? nil : 5_000_000)
        }
        var renderer = PrettyRenderer(style: TerminalStyle(hasColors: false, columns: columns), options: options())
        let text = records.rendered(&renderer)
        for line in text.split(separator: "\n") {
            #expect(TerminalText.cells(String(line)) <= columns)
            #expect(!line.unicodeScalars.contains("\u{FFFD}"))
        }
    }

    @Test("Neither body nor key gives orders to the terminal")
    func injection() throws {
        var records = try Records()
        records.event(
            #"{"message":"a\u001b[31mred\u0007 \u009b2J \r\n\u202e"}"#, key: "k\u{1B}]0;title\u{7}",
            time: "2026-01-01T12:00:00Z")
        records.event("not json \u{1B}[2J", key: nil, time: "2026-01-01T12:00:00Z")
        var renderer = PrettyRenderer(style: .plain, options: PrettyRenderer.Options())
        let text = records.rendered(&renderer)
        #expect(text.contains(#"k\x1b]0;title\x07  a\x1b[31mred\x07 \x9b2J \r\n\u{202e}"#))
        #expect(text.contains(#"not json \x1b[2J"#))
        let controls = text.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) }
        #expect(controls.isEmpty)
    }

    @Test(
        "Bodies are flattened",
        arguments: [
            (#"{"message":"plain words"}"#, "plain words"),
            (#"{"a":{"b":1,"c":[1, 2]},"d":null}"#, "a.b=1 a.c=[1, 2] d=null"),
            (#"{"ok":true,"s":"","q":"say \"hi\""}"#, #"ok=true s="" q="say \"hi\"""#), ("{}", "{}"),
            ("[1,2]", "[1,2]"),
            (
                #"{"message":"INFO: up 5","level":"INFO","template":"up <*>","parameters":[5],"numbers":{"up":5}}"#,
                "level=INFO  up 5"
            ),
            (#"{"message":"up 5","template":"up <*>","parameters":[5],"numbers":{"up":5}}"#, "up 5"),
            (
                #"{"message":"h - - [10/Oct/2000:13:55:36 +0000] \"GET / HTTP/1.0\" 200 7","client":"h","method":"GET","#
                    + #""path":"/","status":200,"bytes":7,"template":"\"GET <*>\" <*>","parameters":["/ HTTP/1.0",200]}"#,
                "client=h method=GET path=/ status=200 bytes=7"
            ),
        ])
    func flat(json: String, expected: String) {
        let bytes = Array(json.utf8)
        #expect(bytes.withUnsafeBufferPointer { FlatBody.text($0) } == expected)
    }
}
