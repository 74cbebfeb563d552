import FieldExtraction
import Testing

@Suite struct LineFormatTests {
    @Test(
        "a valid JSON object is NDJSON",
        arguments: [#"{"level":"info"}"#, "  {\"a\":1}\r", "{}", "\u{FEFF}{\"a\":1}"])
    func ndjson(line: String) {
        #expect(LineFormat.detect(first: line) == .ndjson)
        #expect(LineFormat.detect(first: line, second: "panic: boom") == .ndjson)
    }

    @Test(
        "a header of names with a row of as many cells is CSV",
        arguments: [
            ("timestamp,value", "2014-11-30 12:00:00,17420"),
            ("timestamp,context_tokens,generated_tokens", "2023-11-16 18:48:26,403,162"),
            ("a;b", "1;2"), ("a\tb", "1\t2"), ("ts,entity,event", "0,0,fa14b27e5f09"),
            ("Air Temp (°C),No. of users", "1,2"),
            ("\"name\",\"value\"", "\"a,b\",2"), ("user.id,user.name", "1,x"), ("a,b\r", "1,2\r"),
            ("\u{FEFF}a,b", "1,2"),
        ])
    func csv(first: String, second: String) {
        #expect(LineFormat.detect(first: first, second: second) == .csv)
    }

    @Test(
        "a header alone is CSV if its names are words",
        arguments: [("timestamp,value", true), ("disk full,retrying", false)])
    func headerAlone(line: String, isCSV: Bool) {
        #expect(LineFormat.detect(first: line) == (isCSV ? .csv : .text))
    }

    @Test(
        "everything else is text",
        arguments: [
            ("panic: boom", nil), ("", nil), (#"{"level":"info""#, nil), ("[1,2]", "[3,4]"), ("1,2,3", "4,5,6"),
            ("timestamp", "1"),
            ("timestamp,value", "1,2,3"), ("a,,b", "1,2,3"), ("a,a", "1,2"),
            ("2014-11-30 12:00:00,17420", "2014-11-30 12:30:00,18000"),
            (
                #"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 203023 "-" "Mozilla/5.0 (KHTML, like Gecko)""#,
                nil
            ),
            (
                "Jan  1 00:00:00 host sshd[12]: accepted, then closed",
                "Jan  1 00:00:01 host sshd[12]: accepted, then closed"
            ),
            (
                "I0101 00:00:00.000000 1 server.go:12] started, listening",
                "I0101 00:00:00.000000 1 server.go:13] ready, waiting"
            ),
            ("Hello, world of logs", "Bye, world of logs"), ("level=info,msg=started", "level=info,msg=done"),
            ("java.lang.IllegalStateException: one, two", "\tat com.example.Foo.bar(Foo.java:12), x"),
            ("\tat com.example.Foo(a,b)", "\tat com.example.Foo(c,d)"), ("at foo.bar(a,b)", "at foo.bar(c,d)"),
            ("2015-05-17 10:05:03,123 INFO started", "2015-05-17 10:05:03,456 INFO done"),
            ("When all is said and done, we stop", "When all is said and done, we stop"), ("{a,b}", "{c,d}"),
            ("Really?,yes!", "no,no"),
        ] as [(String, String?)])
    func text(first: String, second: String?) {
        #expect(LineFormat.detect(first: first, second: second) == .text)
    }
}
