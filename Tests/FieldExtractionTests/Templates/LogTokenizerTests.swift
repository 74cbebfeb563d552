import FieldExtraction
import Testing

@Suite("LogTokenizer") struct LogTokenizerTests {
    @Test(
        "values are masked, and handed out",
        arguments: [
            ("took 15ms", "took <*>ms", "[15]"), ("took 15 ms", "took <*> ms", "[15]"),
            ("free 317.5 KB, yes", "free <*> KB, yes", "[317.5]"), ("at -5.25%", "at <*>%", "[-5.25]"),
            ("from 10.0.0.7:80 to /10.0.0.8", "from <*> to <*>", #"["10.0.0.7:80","/10.0.0.8"]"#),
            (
                "id 0xFF and 550e8400-e29b-41d4-a716-446655440000", "id <*> and <*>",
                #"["0xFF","550e8400-e29b-41d4-a716-446655440000"]"#
            ),
            ("open /var/log/a.log, now", "open <*>, now", #"["/var/log/a.log"]"#),
            ("get https://a.b/c?d=e.", "get <*>.", #"["https://a.b/c?d=e"]"#),
            (#"tag="View Lock", x"#, #"tag="<*>", x"#, #"["View Lock"]"#),
            ("name 'a.b' ok", "name '<*>' ok", #"["a.b"]"#),
            ("blk_-160 done", "blk_<*> done", "[-160]"),
            ("blk_38865049064139660 done", "blk_<*> done", #"["38865049064139660"]"#),
            ("uid=0 user=root ok=true", "uid=<*> user=root ok=<*>", #"[0,"true"]"#),
            ("session for user root by", "session for user <*> by", #"["root"]"#),
            ("update,pkg:com.a.b,shown:true", "update,pkg:<*>,shown:<*>", #"["com.a.b","true"]"#),
            ("on action: android.intent.SCREEN_ON", "on action: android.intent.SCREEN_ON", "[]"),
            ("jA9K1LrC007557: sent", "<*>: sent", #"["jA9K1LrC007557"]"#), ("can't do", "can't do", "[]"),
            ("it took 00:03 of <1 sec", "it took <*> of <*> sec", #"["00:03",1]"#),
            ("sent 1293 bytes (1.26 KB) now", "sent <*> bytes now", "[1293]"),
            ("delete blk_1 blk_2 blk_3", "delete blk_<*>", #"["1 blk_2 blk_3"]"#),
            ("to 1.1.1.1:5, 1.1.1.2:6: bad", "to <*>: bad", #"["1.1.1.1:5, 1.1.1.2:6"]"#),
            ("mac 00:11:43:e3:ba:c3 up", "mac <*> up", #"["00:11:43:e3:ba:c3"]"#), ("x 007 y", "x <*> y", #"["007"]"#),
        ])
    func masks(line: String, template: String, parameters: String) {
        let reader = LogLineReader()
        var output: [UInt8] = []
        Array(line.utf8).withUnsafeBufferPointer { _ = reader.template(of: $0, parameters: &output) }
        #expect(String(decoding: reader.withTree { $0.newestName }, as: UTF8.self) == template)
        #expect(String(decoding: output, as: UTF8.self) == parameters)
    }
}
