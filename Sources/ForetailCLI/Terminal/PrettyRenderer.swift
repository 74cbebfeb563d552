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

    private let style: TerminalStyle
    private let options: Options
    private let clock: ClockText
    /// The day said last.
    private var day: Int64?
    /// The widest time, key and body so far, in cells: columns only grow, so that lines stay below each other.
    private var timeCells = 8
    private var keyCells = 0
    private var bodyCells = 24

    private static let gutterCells = 4
    private static let keyCellLimit = 28
    private static let bodyCellLimit = 72
    private static let leastBodyCells = 8
    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// Creates a renderer.
    init(style: TerminalStyle, options: Options = Options()) {
        self.style = style
        self.options = options
        clock = ClockText(zone: options.zone)
        day = options.today.map(clock.day)
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
            let events = gap.count == 1 ? "1 event is missing" : "\(Readable.count(gap.count)) events are missing"
            let reason = TerminalText.harmless(gap.reason)
            style.append(
                "!!! gap: \(events), \(gap.from) to \(gap.to) (\(reason))", .loud, to: &output)
            output.append(UInt8(ascii: "\n"))
        case .train, .expire: break
        }
    }

    // MARK: Records

    private mutating func append(
        _ forward: Actions.Forward, event: Actions.MatchedEvent, bytes: borrowing [UInt8], names: StreamNames,
        to output: inout [UInt8]
    ) {
        sayDay(event.time, to: &output)
        var key = ""
        var body = ""
        var hidden = options.hiddenFields
        if let time = names.timeField { hidden.insert(time) }
        bytes.withUnsafeBufferPointer { bytes in
            if let range = event.key { key = Self.keyText(bytes[range]) }
            body = FlatBody.text(UnsafeBufferPointer(rebasing: bytes[event.body]), hiding: hidden)
        }
        let isHit = forward.prediction != nil
        let lead = isHit ? "✓ +\(Readable.duration(microseconds: forward.leadMicroseconds))" : ""
        append(
            Line(
                mark: isHit ? "✓" : " ", time: event.time, key: key, body: body, note: lead, look: nil,
                markLook: .green),
            to: &output)
    }

    private mutating func append(_ prediction: Prediction, names: StreamNames, to output: inout [UInt8]) {
        let body = prediction.fields.map { Self.text($0, names: names) }.joined(separator: "  ")
        let ahead = prediction.time.microseconds - prediction.made.microseconds
        let note = "\(Readable.percent(prediction.confidence))  in \(Readable.shortDuration(microseconds: ahead))"
        append(
            Line(
                mark: "~", time: prediction.time, key: Self.keyText(prediction.key),
                body: body.isEmpty ? "an event" : body, note: note, look: .dim, markLook: .dim,
                needsDay: ahead >= Self.dayMicroseconds),
            to: &output)
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
        append(
            Line(
                mark: mark, time: prediction.time, key: Self.keyText(prediction.key), body: body, note: "", look: look,
                markLook: look),
            to: &output)
    }

    private static func text(_ field: FieldPrediction, names: StreamNames) -> String {
        let name = TerminalText.harmless(names.field(field.field))
        switch field.content {
        case .numeric(let numeric):
            let value = "\(name) \(Readable.number(numeric.value))"
            if let tolerance = numeric.tolerance { return "\(value) ±\(Readable.number(tolerance))" }
            return "\(value) (\(Readable.number(numeric.low))…\(Readable.number(numeric.high)))"
        case .category(let category):
            let value =
                switch names.value(category.best.symbol, field: field.field) {
                case .text(let bytes): TerminalText.harmless(String(decoding: bytes, as: UTF8.self))
                case .boolean(let value): value ? "true" : "false"
                }
            return category.isAsserted
                ? "\(name) \(value)" : "\(name) \(value) (\(Readable.percent(category.best.probability)))"
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

    // MARK: Lines

    /// The parts of a line.
    private struct Line {
        var mark: String
        var time: Timestamp
        var key: String
        var body: String
        var note: String
        /// The look of everything but mark and note.
        var look: TerminalStyle.Look?
        /// The look of mark and note.
        var markLook: TerminalStyle.Look?
        /// Whether the time of day would not be enough.
        var needsDay = false
    }

    private mutating func append(_ line: Line, to output: inout [UInt8]) {
        let time = line.needsDay ? clock.dayAndTime(line.time) : clock.time(line.time)
        let key = TerminalText.cut(line.key, cells: Self.keyCellLimit)
        timeCells = max(timeCells, time.utf8.count)
        keyCells = max(keyCells, TerminalText.cells(key))
        var head = TerminalText.padded(time, cells: timeCells)
        if keyCells > 0 { head += "  " + TerminalText.padded(key, cells: keyCells) }
        let note = line.note.isEmpty ? "" : "  " + line.note
        let available = style.columns.map {
            max(Self.leastBodyCells, $0 - Self.gutterCells - TerminalText.cells(head) - 2 - TerminalText.cells(note))
        }
        var body = available.map { TerminalText.cut(line.body, cells: $0) } ?? line.body
        if !note.isEmpty {
            // Notes stand below each other as far as bodies let them.
            bodyCells = max(bodyCells, min(TerminalText.cells(body), Self.bodyCellLimit))
            body = TerminalText.padded(body, cells: min(bodyCells, available ?? bodyCells))
        }
        style.append("  \(line.mark) ", line.mark == " " ? nil : line.markLook, to: &output)
        style.append("\(head)  \(body)", line.look, to: &output)
        style.append(note, line.markLook, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// Says the day of an event where it is another than that of the event before.
    private mutating func sayDay(_ time: Timestamp, to output: inout [UInt8]) {
        let new = clock.day(time)
        guard new != day else { return }
        day = new
        style.append("── \(clock.date(time)) ──", .dim, to: &output)
        output.append(UInt8(ascii: "\n"))
    }
}
