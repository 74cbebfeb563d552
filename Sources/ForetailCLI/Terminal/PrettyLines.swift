import FieldExtraction

/// The lines of records for eyes: a mark, a time, a key, a body and a note, in columns that only grow, so that lines stay below
/// each other.
struct PrettyLines {
    /// The parts of a line.
    struct Line {
        var mark: String
        var time: Timestamp
        var key: String
        var body: String
        var note = ""
        /// The look of everything but mark and note.
        var look: TerminalStyle.Look?
        /// The look of mark and note.
        var markLook: TerminalStyle.Look?
        /// Whether the time of day would not be enough.
        var needsDay = false
    }

    /// Predictions so far ahead carry their day, in microseconds.
    static let dayMicroseconds: Int64 = 86_400_000_000

    private let style: TerminalStyle
    private let clock: ClockText
    /// The day said last.
    private var day: Int64?
    /// The widest time, key and body so far, in cells.
    private var timeCells = 8
    private var keyCells = 0
    private var bodyCells = 24

    private static let gutterCells = 4
    private static let keyCellLimit = 28
    private static let bodyCellLimit = 72
    private static let leastBodyCells = 8

    /// Begins with no line.
    init(style: TerminalStyle, options: PrettyRenderer.Options) {
        self.style = style
        clock = ClockText(zone: options.zone)
        day = options.today.map(clock.day)
    }

    // MARK: Lines

    /// Appends a line.
    mutating func append(_ line: Line, to output: inout [UInt8]) {
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

    /// Appends the line of an event; says its day where it is another than that of the event before.
    ///
    /// - Parameter lead: How long before, in microseconds, it was announced; nil: it was not.
    mutating func appendEvent(time: Timestamp, key: String, body: String, lead: Int64?, to output: inout [UInt8]) {
        let new = clock.day(time)
        if new != day {
            day = new
            style.append("── \(clock.date(time)) ──", .dim, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        let note = lead.map { "✓ +\(Readable.duration(microseconds: $0))" } ?? ""
        append(
            Line(
                mark: lead == nil ? " " : "✓", time: time, key: key, body: body, note: note, markLook: .green),
            to: &output)
    }

    /// Appends the line of a prediction.
    ///
    /// - Parameter ahead: How far in the future, in microseconds, its event is expected; nil: unknown.
    mutating func appendPrediction(
        time: Timestamp, key: String, fields: [String], confidence: Double?, ahead: Int64?, to output: inout [UInt8]
    ) {
        let body = fields.joined(separator: "  ")
        var note = Readable.percent(confidence)
        if let ahead { note += "  in \(Readable.shortDuration(microseconds: ahead))" }
        append(
            Line(
                mark: "~", time: time, key: key, body: body.isEmpty ? "an event" : body, note: note, look: .dim,
                markLook: .dim, needsDay: ahead.map { $0 >= Self.dayMicroseconds } ?? false),
            to: &output)
    }

    /// Appends the line of a gap.
    func appendGap(count: Int, from: String, to end: String, reason: String, to output: inout [UInt8]) {
        let text = Self.gap(count: count, from: from, to: end, reason: reason)
        style.append("!!! " + text, .loud, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// Appends what a watch has to say; a beginning stands out.
    func appendWatch(time: Timestamp, key: String, text: String, isAlarm: Bool, to output: inout [UInt8]) {
        let line = TerminalText.harmless("\(isAlarm ? "!!!" : "···") \(time) \(key.isEmpty ? "" : key + ": ")\(text)")
        style.append(line, isAlarm ? .loud : .dim, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    // MARK: Parts

    /// What a gap says.
    static func gap(count: Int, from: String, to end: String, reason: String) -> String {
        let events = count == 1 ? "1 event is missing" : "\(Readable.count(count)) events are missing"
        return TerminalText.harmless("gap: \(events), \(from) to \(end) (\(reason))")
    }

    /// A number that is expected, with its tolerance or else its interval.
    static func numeric(_ name: String, value: String, low: String, high: String, tolerance: String?) -> String {
        let head = "\(TerminalText.harmless(name)) \(value)"
        return tolerance.map { "\(head) ±\($0)" } ?? "\(head) (\(low)…\(high))"
    }

    /// A category that is expected, with its probability unless it is asserted.
    static func category(_ name: String, value: String, probability: Double?, isAsserted: Bool) -> String {
        let head = "\(TerminalText.harmless(name)) \(TerminalText.harmless(value))"
        return isAsserted ? head : "\(head) (\(Readable.percent(probability)))"
    }
}
