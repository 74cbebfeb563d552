#if Server
import FieldExtraction

/// Tail requests for eyes.
enum RequestText {
    /// A line for each.
    static func table(_ requests: [JSONValue], style: TerminalStyle) -> [UInt8] {
        var table = ListTable(["id", "stream", "steps", "destination", "filter"], lastCells: 48)
        for request in requests {
            table.add([
                request["id"]?.text ?? "", request["stream"]?.text ?? "", steps(request) ?? "–", destination(request),
                filter(request),
            ])
        }
        return table.bytes(style: style, none: "no tail requests")
    }

    /// All of one.
    static func facts(_ request: JSONValue, style: TerminalStyle) -> String {
        var lines = FactLines(style: style)
        lines.add("id", request["id"]?.text)
        lines.add("stream", request["stream"]?.text)
        lines.add(request["pattern"] != nil ? "pattern" : "filter", filter(request))
        lines.add("description", request["description"]?.text)
        lines.add("destination", destination(request))
        lines.add("rate limit", request["rateLimit"]?.number.map { "\(Readable.decimal($0)) events/s" })
        lines.add("predictions", request["predictions"]?.flag == false ? "none" : nil)
        lines.add("steps", steps(request))
        lines.add("predict", list(request["predict"]))
        lines.add("assert", list(request["assert"]))
        let tolerances = (request["tolerance"]?.members ?? []).map { "\($0.key) ±\(plain($0.value))" }
        lines.add("tolerance", tolerances.joined(separator: ", "))
        lines.add("min confidence", request["minConfidence"]?.number.map { Readable.percent($0) })
        lines.add("trivial", request["trivial"]?.flag == true ? "announced too" : nil)
        lines.add("announce", request["announce"]?.text)
        lines.add("ttl", request["ttl"]?.text)
        lines.add("warned within", request["watch"]?["within"]?.text)
        lines.add("alarmed", request["watch"]?["overdue"]?.flag == true ? "when overdue" : nil)
        lines.add("created", request["created"]?.text)
        lines.add("registered at", request["registeredAt"]?.text ?? "the stream's beginning")
        add(request["delivery"], to: &lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    /// How the delivery to a file or a webhook goes.
    private static func add(_ delivery: JSONValue?, to lines: inout FactLines) {
        guard let delivery else { return }
        lines.add("delivery", delivery["state"]?.text)
        lines.add("delivered to", delivery["position"]?.text ?? "nothing yet")
        lines.add("lag", delivery["lag"]?.whole.map { $0 == 1 ? "1 event" : "\($0) events" })
        let problem = delivery["lastProblem"]
        lines.add("last problem", problem?["detail"]?.text)
        lines.add("remedy", problem?["remedy"]?.text)
        lines.add("at", problem?["time"]?.text)
        lines.add("tried again at", delivery["retryAt"]?.text)
        lines.add("stopped", delivery["stopped"]?.text)
        guard let receiver = delivery["receiver"]?.text else { return }
        let breaker = delivery["breaker"]?.text ?? "closed"
        lines.add("receiver", breaker == "closed" ? receiver : "\(receiver), left alone for a while (\(breaker))")
        lines.add("failures", delivery["failuresInARow"]?.whole.flatMap { $0 == 0 ? nil : "\($0)" })
        lines.add("on its way", delivery["batch"]?["message"]?.text)
        lines.add("dead letters", delivery["deadLetters"]?.whole.flatMap { $0 == 0 ? nil : "\($0)" })
        lines.add(
            "dropped",
            delivery["perishablesDropped"]?.whole.flatMap { $0 == 0 ? nil : "\($0) predictions and outcomes" })
    }

    /// A list's texts with commas between.
    static func list(_ value: JSONValue?) -> String {
        (value?.elements ?? []).map(plain).joined(separator: ", ")
    }

    private static func plain(_ value: JSONValue) -> String {
        value.text ?? value.number.map(Readable.decimal) ?? value.compact
    }

    private static func filter(_ request: JSONValue) -> String {
        request["filter"]?.text ?? request["pattern"]?.text ?? "every event"
    }

    /// Where records go, in a word.
    static func destination(_ request: JSONValue) -> String {
        let destination = request["destination"]
        let type = destination?["type"]?.text ?? "sse"
        if let url = destination?["url"]?.text { return url }
        return (destination?["path"]?.text).map { "\(type):\($0)" } ?? type
    }

    /// Steps as they are asked for: `1…12`, `1,12`; nil where nothing is predicted.
    private static func steps(_ request: JSONValue) -> String? {
        let steps = (request["steps"]?.elements ?? []).compactMap(\.whole)
        guard let first = steps.first, let last = steps.last else { return nil }
        if steps.count > 2, last - first == steps.count - 1 { return "\(first)…\(last)" }
        return steps.map(String.init).joined(separator: ",")
    }
}
#endif
