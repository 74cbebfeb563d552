import FieldExtraction
import Testing

@testable import ForetailCLI

@Suite struct TerminalTextTests {
    @Test(
        "Cutting keeps whole characters and says that something is missing",
        arguments: [
            ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字", 4, "漢字"), ("漢字", 3, "漢…"), ("漢字", 2, "…"), ("ab", 0, ""),
        ])
    func cut(text: String, cells: Int, expected: String) {
        #expect(TerminalText.cut(text, cells: cells) == expected)
    }

    @Test("Cells: combining marks take none, wide characters two")
    func cells() {
        #expect(TerminalText.cells("abc") == 3)
        #expect(TerminalText.cells("e\u{301}") == 1)
        #expect(TerminalText.cells("漢🙂") == 4)
        #expect(TerminalText.cells("✓~±…·–") == 6)
    }

    @Test(
        "Durations in their two largest units",
        arguments: [
            (0, "0ms"), (350_000, "350ms"), (1_500_000, "1.5s"), (45_000_000, "45s"), (300_000_000, "5m00s"),
            (7_500_000_000, "2h05m"), (273_600_000_000, "3d04h"), (-45_000_000, "-45s"),
        ])
    func durations(microseconds: Int64, expected: String) {
        #expect(Readable.duration(microseconds: microseconds) == expected)
    }

    @Test(
        "Short durations leave out what is zero",
        arguments: [
            (300_000_000, "5m"), (305_000_000, "5m05s"), (3_600_000_000, "1h"), (1_000_000, "1s"), (600_000_000, "10m"),
        ])
    func shortDurations(microseconds: Int64, expected: String) {
        #expect(Readable.shortDuration(microseconds: microseconds) == expected)
    }

    @Test("Counts, amounts, rates, shares")
    func numbers() {
        #expect(
            [0, 999, 1_000, 1_234_567, -1_234].map(Readable.count) == ["0", "999", "1,000", "1,234,567", "-1,234"])
        #expect([512, 1_500, 41_200_000, 310_000_000].map(Readable.bytes) == ["512 B", "1.5 kB", "41.2 MB", "310 MB"])
        #expect(
            [1.25, 12, 950, 41_200, 250_000, 1_300_000].map(Readable.rate) == [
                "1.3", "12", "950", "41.2k", "250k", "1.3M",
            ])
        #expect(Readable.percent(0.8123) == "81 %")
        #expect(Readable.percent(0.8123, decimals: 1) == "81.2 %")
        #expect(Readable.percent(nil) == "–")
    }

    @Test("Local time is what the machine's zone says")
    func clock() {
        let time = Timestamp(parsing: "2026-01-01T12:00:00Z")!
        #expect(ClockText(zone: .utc).time(time) == "12:00:00")
        #expect(ClockText(zone: .utc).dayAndTime(time) == "01-01 12:00:00")
        #expect(ClockText(zone: .utc).date(time) == "2026-01-01")
        #expect(ClockText(zone: .utc).day(Timestamp(microseconds: -1)) == -1)
        #expect(ClockText(zone: .local).time(time).count == 8)
    }
}
