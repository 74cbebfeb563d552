import FieldExtraction
import Foretail

/// Records for eyes: one line each, in columns.
///
///         12:00:00  web-1  cpu=40.2
///       ~ 12:05:00  web-1  cpu 41.2 ±0.8              81 %  in 5m
///       ✓ 12:05:00  web-1  cpu=41.3                   ✓ +5m00s
///
/// `~` is a prediction, `✓` an event that one had announced, with its lead. A line says the day when it changes; predictions a
/// day ahead or more carry theirs. Nothing a producer writes reaches the terminal as a control character.
struct PrettyRenderer: RecordRenderer {
    /// What else to show, and how.
    struct Options: Sendable {
        /// Whether outcomes other than hits are shown.
        var isVerbose = false
        /// Whose clock the times are on.
        var zone = ClockText.Zone.utc
        /// Fields left out of bodies, as those that make up time and key.
        var hiddenFields: Set<String> = []
        /// A time on the day that need not be announced, as today in a live run; nil: the first day is.
        var today: Timestamp?

        /// Creates the default options.
        init() {}
    }

    private let options: Options
    private var lines: PrettyLines

    /// Creates a renderer.
    init(style: TerminalStyle, options: Options = Options()) {
        self.options = options
        lines = PrettyLines(style: style, options: options)
    }

    /// Appends the line of one action.
    mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        switch action {
        case .forward(let forward):
            append(forward, event: actions.events[forward.event], bytes: actions.bytes, names: names, to: &output)
        case .announce(let prediction, _):
            append(prediction, names: names, to: &output)
        case .outcome(let outcome, _):
            if options.isVerbose { append(outcome, names: names, to: &output) }
        case .gap(let gap, _, _):
            lines.appendGap(
                count: gap.count, from: "\(gap.from)", to: "\(gap.to)", reason: gap.reason, to: &output)
        case .watch(let watch, _): append(watch, to: &output)
        case .train, .expect, .follow: break
        }
    }

    private mutating func append(_ watch: WatchRecord, to output: inout [UInt8]) {
        let sureness = watch.isCalibrated ? "" : ", not calibrated yet"
        let percent = Readable.percent(watch.probability)
        let text =
            switch watch.state {
            case .expected: "expected by \(watch.windowEnd) (\(percent)\(sureness))"
            case .came: "came, as expected"
            case .averted: "averted (\(watch.reason?.name ?? "unlikely"))"
            case .overdue: "overdue since \(watch.windowEnd) (\(percent)\(sureness))"
            case .resumed: "resumed"
            case .ended: "ended (\(watch.reason?.name ?? "silence"))"
            }
        lines.appendWatch(
            time: watch.time, key: watch.isWhole ? "(stream)" : Self.keyText(watch.key[...]), text: text,
            isAlarm: watch.state.isBeginning, to: &output)
    }

    // MARK: Records

    private mutating func append(
        _ forward: Actions.Forward, event: Actions.MatchedEvent, bytes: borrowing [UInt8], names: StreamNames,
        to output: inout [UInt8]
    ) {
        var key = ""
        var body = ""
        var hidden = options.hiddenFields
        if let time = names.timeField { hidden.insert(time) }
        bytes.withUnsafeBufferPointer { bytes in
            if let range = event.key { key = Self.keyText(bytes[range]) }
            body = FlatBody.text(UnsafeBufferPointer(rebasing: bytes[event.body]), hiding: hidden)
        }
        lines.appendEvent(
            time: event.time, key: key, body: body,
            lead: forward.prediction == nil ? nil : forward.leadMicroseconds, to: &output)
    }

    private mutating func append(_ prediction: Prediction, names: StreamNames, to output: inout [UInt8]) {
        lines.appendPrediction(
            time: prediction.time, key: Self.keyText(prediction.key),
            fields: prediction.fields.map { Self.text($0, names: names) }, confidence: prediction.confidence,
            ahead: prediction.time.microseconds - prediction.made.microseconds, to: &output)
    }

    private mutating func append(_ outcome: Outcome, names: StreamNames, to output: inout [UInt8]) {
        let prediction = outcome.prediction
        let (mark, word, look): (String, String, TerminalStyle.Look)
        switch outcome.result {
        // The event itself carries the tick.
        case .hit: return
        case .wrong: (mark, word, look) = ("✗", "wrong", .faintRed)
        case .expired: (mark, word, look) = ("✗", "expired", .faintYellow)
        case .withdrawn: (mark, word, look) = ("-", "withdrawn", .dim)
        }
        var body = "\(word) \(prediction.id)"
        if let reason = outcome.reason { body += " (\(reason.name))" }
        for error in outcome.errors {
            let value = Self.rounded(error, like: prediction)
            body += "  \(TerminalText.harmless(names.field(error.field))) off by \(value)"
        }
        lines.append(
            PrettyLines.Line(
                mark: mark, time: prediction.time, key: Self.keyText(prediction.key), body: body, look: look,
                markLook: look),
            to: &output)
    }

    private static func text(_ field: FieldPrediction, names: StreamNames) -> String {
        let name = names.field(field.field)
        switch field.content {
        case .numeric(let numeric):
            return PrettyLines.numeric(
                name, value: Readable.number(numeric.value), low: Readable.number(numeric.low),
                high: Readable.number(numeric.high), tolerance: numeric.tolerance.map(Readable.number))
        case .category(let category):
            let value =
                switch names.value(category.best.symbol, field: field.field) {
                case .text(let bytes): String(decoding: bytes, as: UTF8.self)
                case .boolean(let value): value ? "true" : "false"
                }
            return PrettyLines.category(
                name, value: value, probability: category.best.probability, isAsserted: category.isAsserted)
        }
    }

    private static func rounded(_ error: Outcome.FieldError, like prediction: Prediction) -> String {
        var exponent = 0
        for field in prediction.fields where field.field == error.field {
            if case .numeric(let numeric) = field.content { exponent = Int(numeric.value.exponent) }
        }
        let text = Readable.number(PrintedNumber(error.error, exponent: exponent))
        return error.error > 0 ? "+\(text)" : text
    }

    private static func keyText(_ bytes: some Sequence<UInt8> & Collection) -> String {
        TerminalText.harmless(String(decoding: bytes, as: UTF8.self))
    }
}
