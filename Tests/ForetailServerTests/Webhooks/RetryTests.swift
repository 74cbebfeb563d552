#if Server
import FieldExtraction
import Testing

@testable import ForetailServer

@Suite("When a webhook is tried again") struct RetryTests {
    private let now = Timestamp(parsing: "1994-11-06T08:49:00Z")!

    @Test(
        "Retry-After is read as seconds and as the three forms of a date",
        arguments: [
            ("0", Int64(0)), ("120", 120_000_000), (" 7 ", 7_000_000), ("Sun, 06 Nov 1994 08:49:37 GMT", 37_000_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 37_000_000), ("Sun Nov  6 08:49:37 1994", 37_000_000),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ])
    func retryAfter(text: String, microseconds: Int64) {
        #expect(RetryAfter.microseconds(text, now: now) == microseconds)
    }

    @Test(
        "What is no Retry-After asks for nothing",
        arguments: [
            "", "-1", "1.5", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Foo 1994 08:49:37 GMT", "٣",
        ])
    func noRetryAfter(text: String) { #expect(RetryAfter.microseconds(text, now: now) == nil) }

    @Test(
        "However long a receiver asks to wait, it is a number",
        arguments: ["99999999999999999999", "9223372036854775807"])
    func hugeRetryAfter(text: String) throws {
        let asked = try #require(RetryAfter.microseconds(text, now: now))
        #expect(RetrySchedule(WebhookSettings()).wait(failures: 1, asked: asked, share: 0) == 3_600_000_000)
    }

    @Test("The bound of a wait doubles up to the longest, and all of it is jitter")
    func schedule() {
        let schedule = RetrySchedule(WebhookSettings())
        #expect((1...10).map { schedule.bound(failures: $0) / 1_000_000 } == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
        #expect(schedule.bound(failures: .max) == 300_000_000)
        #expect(schedule.wait(failures: 4, asked: nil, share: 0) == 0)
        #expect(schedule.wait(failures: 4, asked: nil, share: 0.5) == 4_000_000)
        #expect(schedule.wait(failures: 4, asked: 5_000_000, share: 0.5) == 5_000_000)
        #expect(schedule.wait(failures: 4, asked: 5_000_000, share: 1) == 8_000_000)
    }

    @Test("A circuit breaker opens after failures in a row, lets one probe through, and closes when that goes well")
    func breaker() {
        var settings = WebhookSettings()
        settings.breakerFailures = 3
        settings.breakerMicroseconds = 100
        settings.longestBreakerMicroseconds = 350
        var breaker = CircuitBreaker(settings)
        for _ in 0..<2 { breaker.note(.unwell, now: 0) }
        breaker.note(.well, now: 0)
        for _ in 0..<2 { breaker.note(.unwell, now: 0) }
        #expect(breaker.admit(now: 0) == nil, "what goes well in between counts")
        breaker.note(.unwell, now: 10)
        #expect(breaker.admit(now: 50) == 110)
        #expect(breaker.admit(now: 110) == nil)
        #expect(breaker.admit(now: 110) == 110 + CircuitBreaker.probeWait, "one probe at a time")
        breaker.note(.unwell, now: 120)
        #expect(breaker.admit(now: 121) == 320, "left alone for twice as long")
        #expect(breaker.admit(now: 320) == nil)
        breaker.note(.unwell, now: 330)
        #expect(breaker.state == .open(until: 680, times: 3), "never longer than the longest")
        #expect(breaker.admit(now: 680) == nil)
        breaker.note(.unknown, now: 690)
        #expect(breaker.admit(now: 690) == nil, "a probe that told nothing is followed by another")
        breaker.note(.well, now: 700)
        #expect(breaker.state == .closed(failures: 0))
    }
}
#endif
