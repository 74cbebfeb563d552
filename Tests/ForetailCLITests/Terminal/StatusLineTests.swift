import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct StatusLineTests {
    private var figures: StatusFigures {
        var figures = StatusFigures()
        figures.events = 1_000
        figures.matched = 1_234
        figures.predicts = true
        figures.hitRatio = 0.523
        figures.precision = 0.61
        figures.bufferSize = 12
        figures.bufferBytes = 48_200
        return figures
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("It says rate, matches, hit ratio, precision, confidence and buffer")
    func draws() {
        let line = StatusLine(style: .plain)
        #expect(
            text(line.draw(figures, now: 0))
                == "\r\u{1B}[K0.0 events/s · 1,234 matched · hit ratio 52 % · precision 61 % · confidence – · buffer 12 (48.2 kB)"
        )
    }

    @Test("It is drawn at most five times a second")
    func limit() {
        let line = StatusLine(style: .plain)
        let draws = stride(from: Int64(0), to: 1_000_000, by: 10_000).count { !line.draw(figures, now: $0).isEmpty }
        #expect(draws == 5)
    }

    @Test("It is cleared only if it is there, and fits the terminal without filling the last column")
    func clears() {
        let line = StatusLine(style: TerminalStyle(hasColors: false, columns: 40))
        #expect(line.clear().isEmpty)
        let drawn = text(line.draw(figures, now: 0))
        #expect(TerminalText.cells(String(drawn.unicodeScalars.dropFirst(4))) == 39)
        #expect(text(line.clear()) == "\r\u{1B}[K")
        #expect(line.clear().isEmpty)
    }

    @Test("The rate is that of the last seconds")
    func rate() {
        var meter = RateMeter()
        for tick in 0..<50 { meter.note(tick * 100, now: Int64(tick) * 100_000) }
        #expect(meter.perSecond == 1_000)
        for tick in 0..<60 { meter.note(5_000, now: 5_000_000 + Int64(tick) * 100_000) }
        #expect(meter.perSecond == 0)
    }

    @Test("Progress says share, speed and the time left, once it takes a while")
    func progress() {
        var progress = Progress(size: 1_000_000_000, style: .plain, now: 0)
        #expect(progress.draw(bytes: 1, events: 0, now: 100_000).isEmpty)
        #expect(
            text(progress.draw(bytes: 250_000_000, events: 2_000_000, now: 1_100_000))
                == "\r\u{1B}[K25 % · 250 MB/s · 2.0M events/s · 3.3s left")
        #expect(text(progress.clear()) == "\r\u{1B}[K")
        #expect(progress.clear().isEmpty)
        var unknown = Progress(size: nil, style: .plain, now: 0)
        _ = unknown.draw(bytes: 0, events: 0, now: 0)
        #expect(
            text(unknown.draw(bytes: 50_000_000, events: 100, now: 1_000_000))
                == "\r\u{1B}[K50.0 MB · 50.0 MB/s · 100 events/s")
    }
}
