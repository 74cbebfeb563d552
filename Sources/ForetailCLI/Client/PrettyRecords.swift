#if Server
import FieldExtraction
import Foretail

/// Records of a server for eyes, as ``PrettyRenderer`` shows those of this process.
///
/// A record does not say when a prediction was made; what is still to come is said to be so far from now.
struct PrettyRecords {
    private let hidden: Set<String>
    private var lines: PrettyLines

    /// Creates a renderer.
    init(style: TerminalStyle, options: PrettyRenderer.Options) {
        hidden = options.hiddenFields
        lines = PrettyLines(style: style, options: options)
    }

    /// Appends the line of a record, none for those that are not for eyes.
    mutating func append(
        _ record: RemoteRecord, line: UnsafeBufferPointer<UInt8>, now: Timestamp, to output: inout [UInt8]
    ) {
        guard [.event, .prediction, .gap].contains(record.kind),
            let value = try? JSONValue(parsing: Array(line), limits: RecordReader.limits)
        else { return }
        let key = TerminalText.harmless(value["key"]?.text ?? "")
        let time = (value["time"]?.text).flatMap { Timestamp(parsing: $0) }
        switch (record.kind, time) {
        case (.event, let time?):
            let body = record.event.map { FlatBody.text(UnsafeBufferPointer(rebasing: line[$0]), hiding: hidden) }
            let isHit = value["prediction"] != nil
            lines.appendEvent(
                time: time, key: key, body: body ?? "",
                lead: isHit ? Int64(((value["lead"]?.number ?? 0) * 1e6).rounded()) : nil, to: &output)
        case (.prediction, let time?):
            let ahead = time.microseconds - now.microseconds
            lines.appendPrediction(
                time: time, key: key,
                fields: (value["fields"]?.members ?? []).map { Self.text($0.key, $0.value) },
                confidence: value["confidence"]?.number, ahead: ahead > 0 ? ahead : nil, to: &output)
        case (.gap, _):
            let gap = Self.gap(value)
            lines.appendGap(count: gap.count, from: gap.from, to: gap.to, reason: gap.reason, to: &output)
        default: break
        }
    }

    /// What a gap says, as a sentence.
    static func gapText(_ line: UnsafeBufferPointer<UInt8>) -> String {
        let gap = gap((try? JSONValue(parsing: Array(line), limits: RecordReader.limits)) ?? .null)
        return PrettyLines.gap(count: gap.count, from: gap.from, to: gap.to, reason: gap.reason)
    }

    private static func gap(_ value: JSONValue) -> (count: Int, from: String, to: String, reason: String) {
        (
            value["count"]?.whole ?? 0, value["from"]?.text ?? "?", value["to"]?.text ?? "?",
            value["reason"]?.text ?? "unknown"
        )
    }

    private static func text(_ name: String, _ field: JSONValue) -> String {
        if let value = field["value"]?.number, let low = field["low"]?.number, let high = field["high"]?.number {
            return PrettyLines.numeric(
                name, value: Readable.decimal(value), low: Readable.decimal(low), high: Readable.decimal(high),
                tolerance: (field["tolerance"]?.number).map(Readable.decimal))
        }
        let value = field["value"].map { $0.text ?? $0.compact } ?? "?"
        return PrettyLines.category(
            name, value: value, probability: field["probability"]?.number,
            isAsserted: field["asserted"]?.flag ?? false)
    }
}
#endif
