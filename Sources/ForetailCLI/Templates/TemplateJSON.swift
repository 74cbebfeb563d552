/// A report of templates as one JSON object.
///
///     {"source":"app.log","lines":10000,"bad":0,"templates":[{"number":1,"name":"…","count":9952, …}]}
enum TemplateJSON {
    /// The object, with a line feed.
    static func text(_ report: TemplateReport) -> String {
        var writer = PatternJSON.Writer()
        writer.open("{")
        writer.member("source", report.source)
        writer.member("lines", report.lines)
        writer.member("bad", report.bad)
        if report.others > 0 { writer.member("others", report.others) }
        writer.name("templates")
        writer.list(report.entries) { entry, writer in
            writer.open("{")
            writer.member("number", entry.number)
            writer.member("name", String(decoding: entry.name, as: UTF8.self))
            writer.member("template", String(decoding: entry.text, as: UTF8.self))
            writer.member("count", entry.count)
            writer.member("share", Double(entry.count) / Double(max(1, report.lines)))
            writer.member("first", String(decoding: entry.first, as: UTF8.self))
            writer.member("last", String(decoding: entry.last, as: UTF8.self))
            writer.name("parameters")
            writer.list(entry.parameters) { profile, writer in write(profile, to: &writer) }
            writer.close("}")
        }
        writer.close("}")
        return String(decoding: writer.output, as: UTF8.self) + "\n"
    }

    private static func write(_ profile: ParameterProfile, to writer: inout PatternJSON.Writer) {
        writer.open("{")
        writer.member(
            "kind", profile.texts == 0 && profile.numbers > 0 ? "number" : profile.numbers == 0 ? "text" : "mixed")
        if profile.numbers > 0 {
            writer.member("low", profile.low)
            writer.member("high", profile.high)
        }
        if profile.texts > 0 {
            writer.member("distinct", profile.distinct)
            if profile.isBeyondLimit {
                writer.name("isBeyondLimit")
                writer.raw("true")
            }
        }
        writer.close("}")
    }
}
