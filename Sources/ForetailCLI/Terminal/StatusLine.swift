import Synchronization

/// The last line of a terminal, which says how the run gets on: drawn over itself at most five times a second, and taken away
/// before records are printed.
///
///     let status = StatusLine(style: style)
///     output += status.clear()                    // before records
///     output += status.draw(figures, now: now)    // after a batch; empty when it is too early
///
/// Shared by whoever prints records and whoever knows the figures.
final class StatusLine: Sendable {
    private struct State {
        var isShown = false
        var drawn: Int64?
        var rate = RateMeter()
    }

    private let style: TerminalStyle
    private let state = Mutex(State())
    /// The least time between two drawings, in microseconds.
    static let leastInterval: Int64 = 200_000
    private static let clearing = Array("\r\u{1B}[K".utf8)

    /// Creates a status line for a terminal.
    init(style: TerminalStyle) { self.style = style }

    /// Whether a drawing would show: ask first where the figures are dear.
    func isDue(now: Int64) -> Bool {
        state.withLock { state in state.drawn.map { now - $0 >= Self.leastInterval } ?? true }
    }

    /// The bytes that draw the line, or none if it was drawn less than a fifth of a second ago.
    ///
    /// - Parameters:
    ///   - figures: What to say.
    ///   - now: Microseconds on a clock that only goes forward.
    func draw(_ figures: StatusFigures, now: Int64) -> [UInt8] {
        state.withLock { state in
            state.rate.note(figures.events, now: now)
            if let drawn = state.drawn, now - drawn < Self.leastInterval { return [] }
            state.drawn = now
            state.isShown = true
            var output = Self.clearing
            let text = Self.text(figures, rate: state.rate.perSecond)
            // The last column stays free: a line that fills it would wrap.
            let cut = style.columns.map { TerminalText.cut(text, cells: max(1, $0 - 1)) } ?? text
            style.append(cut, .dim, to: &output)
            return output
        }
    }

    /// The bytes that take the line away; none if it is not there.
    func clear() -> [UInt8] {
        state.withLock { state in
            guard state.isShown else { return [] }
            state.isShown = false
            return Self.clearing
        }
    }

    private static func text(_ figures: StatusFigures, rate: Double) -> String {
        var parts = ["\(Readable.rate(rate)) events/s", "\(Readable.count(figures.matched)) matched"]
        if figures.predicts {
            parts.append("hit ratio \(Readable.percent(figures.hitRatio))")
            parts.append("precision \(Readable.percent(figures.precision))")
            parts.append("confidence \(Readable.percent(figures.confidence))")
            parts.append(
                "buffer \(Readable.count(figures.bufferSize)) (\(Readable.bytes(Double(figures.bufferBytes))))")
        }
        return parts.joined(separator: " · ")
    }
}
