import FieldExtraction
import Testing

@Suite("LogLineReader") struct LogLineReaderTests {
    /// The event that a line becomes, without its message.
    private func event(_ line: String, reference: String? = nil) -> String {
        let reader = LogLineReader()
        if let reference, let time = Timestamp(parsing: reference) { reader.setReference(time) }
        var output: [UInt8] = []
        Array(line.utf8).withUnsafeBufferPointer { reader.append($0, to: &output) }
        #expect(JSONScanner.validate(output).isValid, "\(String(decoding: output, as: UTF8.self))")
        let text = String(decoding: output, as: UTF8.self)
        var message: [UInt8] = Array(#"{"message":"#.utf8)
        JSONString.append(line, to: &message)
        let begin = String(decoding: message, as: UTF8.self)
        return text.hasPrefix(begin) ? String(text.dropFirst(begin.count)) : text
    }

    @Test(
        "access logs give client, user, time, request, status and bytes",
        arguments: [
            (
                #"10.0.0.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
                #","client":"10.0.0.7","user":"frank","time":"2000-10-10T20:55:36Z","method":"GET","path":"/apache_pb.gif","#
                    + #""protocol":"HTTP/1.0","status":200,"bytes":2326,"template":"\"GET <*>\" <*>","#
                    + #""parameters":["/apache_pb.gif HTTP/1.0",200]}"#
            ),
            (
                #"h - - [10/Oct/2000:13:55:36 +0000] "-" 408 - "-" "-""#,
                #","client":"h","time":"2000-10-10T13:55:36Z","status":408,"template":"\"<*>\" <*>","parameters":["-",408]}"#
            ),
            (
                #"::1 - - [10/Oct/2000:13:55:36 +0000] "HEAD /a b HTTP/1.1" 304 0 "http://r/" "x \"y\"""#,
                #","client":"::1","time":"2000-10-10T13:55:36Z","method":"HEAD","path":"/a b","protocol":"HTTP/1.1","#
                    + #""status":304,"bytes":0,"referrer":"http://r/","agent":"x \\\"y\\\"","template":"\"HEAD <*>\" <*>","#
                    + #""parameters":["/a b HTTP/1.1",304]}"#
            ),
        ])
    func access(line: String, fields: String) { #expect(event(line) == fields) }

    @Test(
        "syslog gives priority, time, host, app and pid",
        arguments: [
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
                #","facility":"auth","severity":"critical","time":"2025-10-11T22:14:15Z","host":"mymachine","app":"su","#
                    + #""template":"'su root' failed","parameters":[]}"#
            ),
            (
                #"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [x@1 a="]"] hi 5"#,
                #","facility":"local4","severity":"notice","time":"2003-08-24T12:14:15.000003Z","host":"192.0.2.1","#
                    + #""app":"myproc","pid":8710,"template":"hi <*>","parameters":[5],"numbers":{"hi":5}}"#
            ),
            (
                "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass",
                #","time":"2025-06-14T15:16:01Z","host":"combo","app":"sshd(pam_unix)","pid":19939,"template":"check pass","#
                    + #""parameters":[]}"#
            ),
            (
                "Jan  1 00:00:00 combo syslogd 1.4.1: restart.",
                #","time":"2026-01-01T00:00:00Z","host":"combo","app":"syslogd","template":"restart.","parameters":[]}"#
            ),
        ])
    func syslog(line: String, fields: String) { #expect(event(line, reference: "2026-01-01T00:00:00Z") == fields) }

    @Test(
        "program logs give time, level, thread, logger and pid",
        arguments: [
            (
                "081109 203615 148 INFO dfs.A$B: done", "2008-11-09T20:36:15Z",
                #""pid":148,"level":"INFO","logger":"dfs.A$B""#
            ),
            (
                "2015-10-18 18:01:47,978 INFO [main] a.b.C: done", "2015-10-18T18:01:47.978Z",
                #""level":"INFO","thread":"main","logger":"a.b.C""#
            ),
            (
                "17/06/09 20:10:40 INFO storage.Store: done", "2017-06-09T20:10:40Z",
                #""level":"INFO","logger":"storage.Store""#
            ),
            (
                "2015-07-29 17:41:44,747 - INFO  [P[myid=1]/0:0:E@774] - done", "2015-07-29T17:41:44.747Z",
                #""level":"INFO","thread":"P[myid=1]/0:0:E@774""#
            ),
            (
                "2016-09-28 04:30:30, Info                  CBS    done", "2016-09-28T04:30:30Z",
                #""level":"Info","logger":"CBS""#
            ),
            (
                "03-17 16:13:38.811  1702  2395 D WindowManager: done", "1970-03-17T16:13:38.811Z",
                #""pid":1702,"thread":2395,"level":"D","logger":"WindowManager""#
            ),
            (
                "20171223-22:15:29:606|Step_LSC|30002312|done", "2017-12-23T22:15:29.606Z",
                #""logger":"Step_LSC","pid":30002312"#
            ),
            ("[Sun Dec 04 04:47:44 2005] [notice] done", "2005-12-04T04:47:44Z", #""level":"notice""#),
            (
                "[Wed Oct 11 14:32:52 2000] [core:error] [pid 35708:tid 43] [client 10.1.2.3:80] done",
                "2000-10-11T14:32:52Z",
                #""logger":"core","level":"error","pid":35708,"client":"10.1.2.3""#
            ),
            ("[10.30 16:49:06] chrome.exe *64 - done", "1970-10-30T16:49:06Z", #""app":"chrome.exe *64""#),
            ("2024-01-02 10:00:00.123 UTC [123] LOG:  done", "2024-01-02T10:00:00.123Z", #""pid":123,"level":"LOG""#),
            ("2024/01/02 15:04:05 [error] 123#0: done", "2024-01-02T15:04:05Z", #""level":"error","pid":123"#),
            (
                "2024-01-02 10:00:00,123 - my.app - WARNING - done", "2024-01-02T10:00:00.123Z",
                #""logger":"my.app","level":"WARNING""#
            ),
            (
                "2024-01-02T10:00:00.123+02:00  INFO 4711 --- [main] c.e.App   : done", "2024-01-02T08:00:00.123Z",
                #""level":"INFO","pid":4711,"thread":"main","logger":"c.e.App""#
            ),
        ])
    func programs(line: String, time: String, fields: String) {
        #expect(event(line) == #","time":"\#(time)",\#(fields),"template":"done","parameters":[]}"#)
    }

    @Test("klog, cluster logs and levels alone")
    func others() {
        #expect(
            event("E0102 15:04:05.000000   1 file.go:12] took 15ms", reference: "2026-06-01")
                == #","level":"E","time":"2026-01-02T15:04:05Z","pid":1,"logger":"file.go:12","template":"took <*>ms","parameters":[15],"numbers":{"took":15}}"#
        )
        #expect(
            event("- 1117838570 2005.06.03 R02 2005-06-03-15.42.50.363779 R02 RAS KERNEL INFO done")
                == #","time":"2005-06-03T15:42:50.363779Z","node":"R02","state":"RAS","logger":"KERNEL","level":"INFO","template":"done","parameters":[]}"#
        )
        #expect(
            event("134681 node-246 unix.hw state.bad 1077804742 1 done")
                == #","host":"node-246","logger":"unix.hw","state":"state.bad","time":"2004-02-26T14:12:22Z","template":"done","parameters":[]}"#
        )
        #expect(
            event("WARNING:root:done") == #","level":"WARNING","logger":"root","template":"done","parameters":[]}"#)
    }

    @Test("logfmt gives its own fields; a sentence with pairs in it does not")
    func logfmt() {
        #expect(
            event(#"time=2026-01-01T00:00:00Z level=info msg="up in 12 ms" port=8080"#)
                == #","time":"2026-01-01T00:00:00Z","level":"info","msg":"up in 12 ms","port":8080,"template":"up in <*> ms","parameters":[12],"numbers":{"up_in":12}}"#
        )
        #expect(event("a=1, b=2, c=3").hasPrefix(#","template":"#))
        #expect(event("Final view: a=1 b=2 c=3").hasPrefix(#","template":"#))
    }

    @Test("prefixes of container tools are fields, before any form")
    func containers() {
        #expect(event("web-1  | done") == #","container":"web-1","template":"done","parameters":[]}"#)
        #expect(event("[pod/a/b] done") == #","pod":"a","container":"b","template":"done","parameters":[]}"#)
        #expect(
            event("2026-01-01T00:00:00.5Z stderr F done")
                == #","time":"2026-01-01T00:00:00.500Z","stream":"stderr","template":"done","parameters":[]}"#)
        #expect(
            event("2026-01-01T00:00:00.5Z stdout F 2026-01-01 00:00:00 INFO x: done")
                == #","stream":"stdout","time":"2026-01-01T00:00:00Z","level":"INFO","logger":"x","template":"done","parameters":[]}"#
        )
    }

    @Test("JSON behind a prefix is the event; what the prefix says is added where the JSON does not say it")
    func json() {
        #expect(event(#"web-1 | {"level":"info"}"#) == #"{"level":"info","container":"web-1"}"#)
        #expect(event(#"web-1 | {"container":"x"} "#) == #"{"container":"x"}"#)
        #expect(event(#"web-1 | {}"#) == #"{"container":"web-1"}"#)
        #expect(event(#"web-1 | {broken"#) == #","container":"web-1","template":"{broken","parameters":[]}"#)
    }

    @Test("a stamp without a year has the year that is nearest to the one before")
    func years() {
        let reader = LogLineReader()
        reader.setReference(Timestamp(parsing: "2026-01-10")!)
        var times: [String] = []
        for line in [
            "Dec 31 23:59:59 h a: x", "Jan  1 00:00:01 h a: x", "Dec 31 23:59:58 h a: x", "Mar  1 00:00:00 h a: x",
        ] {
            var output: [UInt8] = []
            Array(line.utf8).withUnsafeBufferPointer { reader.append($0, to: &output) }
            let text = String(decoding: output, as: UTF8.self)
            times.append(String(text.split(separator: #""time":""#)[1].prefix(10)))
        }
        #expect(times == ["2025-12-31", "2026-01-01", "2025-12-31", "2026-03-01"])
    }

    @Test("hostile lines become valid events")
    func hostile() {
        var lines: [[UInt8]] = [
            [], [0], [0xFF, 0xFE], Array("\u{0}\u{1} \"\\ \u{7F}".utf8),
            [UInt8](repeating: UInt8(ascii: "["), count: 5_000),
            [UInt8](repeating: UInt8(ascii: "\""), count: 5_000), [UInt8](repeating: UInt8(ascii: "1"), count: 1 << 20),
            Array(String(repeating: "a:", count: 4_000).utf8) + [49],
            Array(String(repeating: "a1 ", count: 40_000).utf8),
            Array(String(repeating: "k=\"v\" ", count: 4_000).utf8), Array("web-1  | ".utf8), Array("<191>1 ".utf8),
            Array("[pod/".utf8), Array("web-1 | web-1 | web-1 | x".utf8), Array("Dec 99 99:99:99 x".utf8),
        ]
        for place in stride(from: 1, to: 100, by: 7) {
            lines.append(
                Array(#"1.1.1.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 200 5 "-" "x""#.utf8.prefix(place)))
        }
        let reader = LogLineReader()
        for line in lines {
            var output: [UInt8] = []
            line.withUnsafeBufferPointer { reader.append($0, to: &output) }
            var limits = ScanLimits()
            limits.line = 1 << 24
            #expect(JSONScanner.validate(output, limits: limits).isValid, "\(line.prefix(40))")
        }
    }

    @Test("less detail looks at less")
    func detail() {
        let line = Array("INFO: took 5 ms".utf8)
        var texts: [String] = []
        for detail in [LogLineReader.Detail.message, .fields, .templates] {
            var output: [UInt8] = []
            line.withUnsafeBufferPointer { LogLineReader(detail: detail).append($0, to: &output) }
            texts.append(String(decoding: output, as: UTF8.self))
        }
        #expect(
            texts == [
                #"{"message":"INFO: took 5 ms"}"#, #"{"message":"INFO: took 5 ms","level":"INFO"}"#,
                #"{"message":"INFO: took 5 ms","level":"INFO","template":"took <*> ms","parameters":[5],"numbers":{"took":5}}"#,
            ])
    }
}
