import Testing

@testable import Forecasting

@Suite("Sleeping experts")
struct SleepingExpertsTests {
    /// Reviews `periods` times with all weight in one lane, and returns in which periods the group was awake.
    private func awake(_ experts: inout SleepingExperts, _ periods: Int, lane: Int) -> [Bool] {
        var shares = ExpertVector(repeating: 0)
        shares[lane] = 1
        return (0..<periods).map { _ in
            experts.review(shares)
            return experts.isAwake(.large)
        }
    }

    @Test("Who earns nothing eight times sleeps for seven periods, and is tried for one")
    func sleep() {
        var experts = SleepingExperts()
        let awake = awake(&experts, 23, lane: 0)
        #expect(
            awake == Array(repeating: true, count: 7) + [false] + Array(repeating: false, count: 6) + [true]
                + Array(repeating: false, count: 7) + [true])
        #expect(experts.awake[7] == 1)
    }

    @Test("Who earns weight on trial stays awake")
    func wake() {
        var experts = SleepingExperts()
        _ = awake(&experts, 15, lane: 0)
        #expect(experts.isAwake(.large))
        #expect(awake(&experts, 7, lane: 7).allSatisfy { $0 })
    }

    @Test("A review is due every 64 forecasts")
    func due() {
        var experts = SleepingExperts()
        #expect((1...128).filter { _ in experts.count() }.count == 2)
    }
}
