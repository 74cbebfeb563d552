import Testing

@testable import ForetailCLI

@Suite struct BacktestLimitsTests {
    @Test(
        "The warm-up is 30 % of a file's events, judged by its first block, from 100 to 900",
        arguments: [
            (10, 1_000, 1_000, 100), (500, 1_000, 1_000, 150), (500, 1_000, 2_000, 300), (500, 1_000, 1_000_000, 900),
            (0, 1_000, 1_000, 100), (500, 0, 1_000, 100),
        ])
    func warmUp(events: Int, read: Int, size: Int, expected: Int) {
        #expect(BacktestLimits.warmUp(events: events, ofBytes: read, size: size) == expected)
    }

    @Test("Without a size it is the least")
    func unknownSize() {
        #expect(BacktestLimits.warmUp(events: 5_000, ofBytes: 1_000, size: nil) == 100)
    }
}
