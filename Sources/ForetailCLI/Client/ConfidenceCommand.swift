#if Server
import ArgumentParser
import FieldExtraction

/// `foretail confidence`: how good a tail request's predictions are.
struct ConfidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confidence",
        abstract: "Say how good a tail request's predictions are.",
        discussion: "Example: foretail confidence tr_1")

    @Argument(help: "The tail request, such as tr_1, or its URL.") var id: String
    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
        let (address, id) = try server.request(id)
        let confidence = try await server.run(at: address) { client in
            try await client.get(RequestCommand.path + [id, "confidence"])
        }
        if json { return Output.write(confidence.compact + "\n") }
        Output.write(Self.text(confidence, style: TerminalStyle(descriptor: 1)))
    }

    /// The figures for eyes.
    static func text(_ confidence: JSONValue, style: TerminalStyle) -> [UInt8] {
        func percent(_ name: String) -> String { Readable.percent(confidence[name]?.number, decimals: 1) }
        let steps = confidence["steps"]?.elements ?? []
        let judged = steps.reduce(0) { $0 + judgements(of: $1) }
        var lines = FactLines(style: style)
        lines.add("confidence", percent("confidence"))
        lines.add(
            "hit ratio",
            "\(percent("hitRatio"))  (of \(Readable.count(confidence["samples"]?.whole ?? 0)) matched events)")
        lines.add("precision", "\(percent("precision"))  (of \(Readable.count(judged)) predictions judged)")
        if let skill = confidence["skill"]?.number {
            lines.add(
                "skill", "\(Readable.percent(abs(skill), decimals: 1)) \(skill < 0 ? "worse" : "better") than naive")
        }
        lines.add(
            "calibration",
            confidence["calibrationError"]?.number.map { "\(Readable.fixed($0, decimals: 3)) mean error" })
        let models = (confidence["models"]?.elements ?? []).prefix(4).map { model in
            "\(model["name"]?.text ?? "?") \(Readable.percent(model["weight"]?.number))"
        }
        lines.add("models", models.joined(separator: ", "))
        lines.add("unpredictable", RequestText.list(confidence["unpredictable"]))
        if let warmUp = confidence["warmUp"], let phase = warmUp["phase"]?.text, phase != "ready", phase != "none" {
            let extent = (warmUp["done"]?.whole).map { done in
                " (\(Readable.count(done)) of \(Readable.count(warmUp["total"]?.whole ?? 0)) events)"
            }
            lines.add("warm-up", phase + (extent ?? ""))
        }
        lines.add(table(steps))
        return lines.bytes
    }

    private static func judgements(of step: JSONValue) -> Int {
        ["hits", "wrong", "expired"].reduce(0) { $0 + (step[$1]?.whole ?? 0) }
    }

    private static func table(_ steps: [JSONValue]) -> TextTable {
        var table = TextTable(["step", "hits", "wrong", "expired", "precision", "confidence"])
        for step in steps {
            let judged = judgements(of: step)
            guard judged > 0 else { continue }
            let hits = step["hits"]?.whole ?? 0
            table.add(
                ["\(step["step"]?.whole ?? 0)"]
                    + ["hits", "wrong", "expired"].map { Readable.count(step[$0]?.whole ?? 0) }
                    + [
                        Readable.percent(Double(hits) / Double(judged)),
                        Readable.percent(step["meanConfidence"]?.number),
                    ])
        }
        return table
    }
}
#endif
