import Testing

@testable import ForetailCLI

@Suite struct BeatScheduleTests {
    @Test("Beats are multiples of the interval, the first at least half an interval away")
    func grid() {
        #expect(BeatSchedule(interval: 1_000, now: 10_400).next == 11_000)
        #expect(BeatSchedule(interval: 1_000, now: 10_500).next == 11_000)
        #expect(BeatSchedule(interval: 1_000, now: 10_501).next == 12_000)
        #expect(BeatSchedule(interval: 1_000, now: -600).next == 0)
    }

    @Test("A beat is taken when it is due, and the next is an interval later")
    func steady() {
        var schedule = BeatSchedule(interval: 1_000, now: 10_400)
        #expect(schedule.wait(now: 10_900) == 100)
        #expect(schedule.wait(now: 11_003) == 0)
        #expect(schedule.take(now: 11_003) == 11_000)
        #expect(schedule.wait(now: 11_003) == 997)
    }

    @Test("Beats that were slept through are left out")
    func asleep() {
        var schedule = BeatSchedule(interval: 1_000, now: 10_400)
        #expect(schedule.take(now: 95_700) == 95_000)
        #expect(schedule.next == 96_000)
    }

    @Test("A clock set back begins a new schedule")
    func setBack() {
        var schedule = BeatSchedule(interval: 1_000, now: 1_000_000)
        #expect(schedule.wait(now: 10_400) == 600)
        #expect(schedule.next == 11_000)
    }
}
