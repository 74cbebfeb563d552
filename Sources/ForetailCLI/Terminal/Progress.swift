/// How far the reading of a file has come: share, speed, time left; for standard error.
///
///     var progress = Progress(size: source.progress.size, style: style)
///     error += progress.draw(bytes: source.progress.bytesRead, events: events, now: now)
///     error += progress.clear()
struct Progress {
    private let size: Int?
    private let style: TerminalStyle
    private let start: Int64
    private var bytesRate = RateMeter()
    private var eventsRate = RateMeter()
    private var drawn: Int64?
    private var isShown = false
    /// Work that is done sooner shows nothing.
    static let patience: Int64 = 500_000

    /// Starts the clock.
    ///
    /// - Parameters:
    ///   - size: The bytes to read in all; nil: unknown.
    ///   - style: The terminal.
    ///   - now: Microseconds on a clock that only goes forward.
    init(size: Int?, style: TerminalStyle, now: Int64) {
        self.size = size
        self.style = style
        start = now
    }

    /// The bytes that draw the line: `\r 42 % · 310 MB/s · 2.1M events/s · 12s left`; none when it is too early.
    ///
    /// - Parameters:
    ///   - bytes: The bytes read so far.
    ///   - events: The events so far.
    ///   - now: Microseconds on a clock that only goes forward.
    ///   - note: What else there is to say.
    mutating func draw(bytes: Int, events: Int, now: Int64, note: String? = nil) -> [UInt8] {
        bytesRate.note(bytes, now: now)
        eventsRate.note(events, now: now)
        guard now - start >= Self.patience, drawn.map({ now - $0 >= StatusLine.leastInterval }) ?? true else {
            return []
        }
        drawn = now
        isShown = true
        var output = Array("\r\u{1B}[K".utf8)
        var text = Self.text(
            bytes: bytes, size: size, bytesPerSecond: bytesRate.perSecond, eventsPerSecond: eventsRate.perSecond,
            meanPerSecond: Double(bytes) * 1e6 / Double(max(1, now - start)))
        if let note { text += " · " + note }
        style.append(style.columns.map { TerminalText.cut(text, cells: max(1, $0 - 1)) } ?? text, .dim, to: &output)
        return output
    }

    /// The bytes that take the line away; none if it is not there.
    mutating func clear() -> [UInt8] {
        guard isShown else { return [] }
        isShown = false
        return Array("\r\u{1B}[K".utf8)
    }

    private static func text(
        bytes: Int, size: Int?, bytesPerSecond: Double, eventsPerSecond: Double, meanPerSecond: Double
    ) -> String {
        var parts: [String] = []
        if let size, size > 0 {
            parts.append(Readable.percent(min(1, Double(bytes) / Double(size))))
        } else {
            parts.append(Readable.bytes(Double(bytes)))
        }
        parts.append("\(Readable.bytes(bytesPerSecond))/s")
        parts.append("\(Readable.rate(eventsPerSecond)) events/s")
        if let size, size > bytes, meanPerSecond > 0 {
            // The mean of the whole run is steadier than the speed of the last second.
            let left = min(Double(size - bytes) / meanPerSecond, 1e9)
            parts.append("\(Readable.shortDuration(microseconds: Int64(left * 1e6))) left")
        }
        return parts.joined(separator: " · ")
    }
}
