#if Server
import FieldExtraction

/// Streams for eyes.
enum StreamText {
    /// A line for each.
    static func table(_ streams: [JSONValue], style: TerminalStyle) -> [UInt8] {
        var table = ListTable(["name", "key", "time", "durability", "retention", "counted from"], lastCells: 60)
        for stream in streams {
            table.add([
                stream["name"]?.text ?? "", key(stream) ?? "–", stream["time"]?.text ?? "–",
                stream["durability"]?.text ?? "", retention(stream) ?? "–", count(stream["count"]) ?? "–",
            ])
        }
        return table.bytes(style: style, none: "no streams")
    }

    /// All of one.
    static func facts(_ stream: JSONValue, style: TerminalStyle) -> [UInt8] {
        var lines = FactLines(style: style)
        lines.add("name", stream["name"]?.text)
        lines.add("created", stream["created"]?.text)
        lines.add("key", key(stream) ?? "none: one series")
        lines.add("time", stream["time"]?.text ?? "found, or the time it came in")
        lines.add("lateness", stream["lateness"]?.text.flatMap { $0 == "0us" ? nil : $0 })
        lines.add("durability", stream["durability"]?.text)
        lines.add("retention", retention(stream) ?? "everything is kept")
        lines.add("counted from", count(stream["count"]))
        let counting = stream["counting"]
        lines.add("counted to", counting?["position"]?.text)
        lines.add("counting waits", counting?["problem"]?.text)
        if let log = stream["log"] {
            let bytes = Readable.bytes(log["bytes"]?.number ?? 0)
            lines.add("log", "\(Readable.count(log["count"]?.whole ?? 0)) events, \(bytes)")
            lines.add("from", log["first"]?.text)
            lines.add("to", log["lastDurable"]?.text)
            lines.add("damaged blocks", log["damagedBlocks"]?.whole.flatMap { $0 == 0 ? nil : "\($0)" })
            lines.add("log problem", log["problem"]?.text)
        }
        lines.add("series", stream["events"]?["series"]?.whole.map(Readable.count))
        lines.add("warm-up", warmUp(stream["warmUp"]))
        return lines.bytes
    }

    private static func key(_ stream: JSONValue) -> String? {
        let fields = stream["key"]?.elements.compactMap(\.text) ?? []
        return fields.isEmpty ? nil : fields.joined(separator: ", ")
    }

    private static func retention(_ stream: JSONValue) -> String? {
        let parts = [
            stream["retention"]?["age"]?.text, stream["retention"]?["bytes"]?.number.map(Readable.bytes),
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func count(_ count: JSONValue?) -> String? {
        guard let count, let from = count["from"]?.text, let every = count["every"]?.text else { return nil }
        let by = count["by"]?.elements.compactMap(\.text) ?? []
        let filter = count["filter"]?.text ?? count["pattern"].map(\.compact)
        return "\(from) every \(every)" + (by.isEmpty ? "" : " by \(by.joined(separator: ", "))")
            + (filter.map { " where \($0)" } ?? "")
    }

    private static func warmUp(_ warmUp: JSONValue?) -> String? {
        guard let phase = warmUp?["phase"]?.text, phase != "none" else { return nil }
        if let problem = warmUp?["problem"]?.text { return "\(phase): \(problem)" }
        guard phase == "learning" else { return phase }
        return "\(phase), \(warmUp?["done"]?.whole ?? 0) of \(warmUp?["total"]?.whole ?? 0) events"
    }
}
#endif
