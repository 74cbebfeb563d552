import Testing

@testable import Forecasting

@Suite("Pattern detector")
struct PatternDetectorTests {
    private func times(_ count: Int, seconds: Int64) -> [Int64] { (0..<Int64(count)).map { $0 * seconds * 1_000_000 } }

    @Test(
        "A season of the calendar is found and named",
        arguments: [
            (24, 3_600, CalendarSpan.day), (48, 1_800, .day), (144, 600, .day), (288, 300, .day), (12, 300, .hour),
            (7, 86_400, .week),
        ])
    func calendar(period: Int, seconds: Int64, span: CalendarSpan) throws {
        let values = dailyValues(10 * period + 90, season: period, noise: 2, seed: 1)
        let found = PatternDetector().detect(values, times: times(values.count, seconds: seconds))
        let season = try #require(found.seasons.first)
        #expect(found.seasons.count == 1)
        #expect(season.periodEvents == period)
        #expect(season.calendar == span)
        #expect(season.strength > 0.5 && season.strength < 0.9)
        #expect(season.sinceEvent == 0 && season.holds)
    }

    @Test("A season is found without times", arguments: [24, 50])
    func free(period: Int) {
        let values = dailyValues(1000, season: period, noise: 2, seed: 2)
        let found = PatternDetector().detect(values, times: nil)
        #expect(found.seasons.map(\.periodEvents) == [period])
        #expect(found.seasons.first?.calendar == nil)
    }

    @Test("A free season stands on a grid as well")
    func freeOnGrid() {
        let values = dailyValues(1000, season: 50, noise: 2, seed: 3)
        let found = PatternDetector().detect(values, times: times(1000, seconds: 60))
        #expect(found.seasons.map(\.periodEvents) == [50])
        #expect(found.seasons.first?.periodMicroseconds == 3_000_000_000)
    }

    @Test("Day and week are told apart, each with its own share")
    func nested() throws {
        var noise = Noise(seed: 4)
        let values = (0..<1_680).map { (hour: Int) -> Double in
            let day = hour % 24 < 8 ? 0.0 : 10.0
            let week = hour / 24 % 7 < 5 ? 6.0 : 0.0
            return day + week + noise.normal()
        }
        let found = PatternDetector().detect(values, times: times(values.count, seconds: 3_600))
        #expect(found.seasons.map(\.calendar) == [.day, .week])
        #expect(found.seasonStrength > 0.9)
    }

    @Test("A season that began late says since when")
    func since() throws {
        var noise = Noise(seed: 5)
        let values = (0..<1_200).map { (hour: Int) -> Double in
            let isNight = hour >= 600 && hour % 24 < 8
            return (isNight ? 8 : 0) + noise.normal()
        }
        let found = PatternDetector().detect(values, times: times(1_200, seconds: 3_600))
        let season = try #require(found.seasons.first)
        #expect(season.calendar == .day)
        #expect(abs(season.sinceEvent - 600) <= 48)
        #expect(season.sinceMicroseconds == Int64(season.sinceEvent) * 3_600_000_000)
    }

    @Test("A season survives missing values and missing events")
    func missing() {
        var noise = Noise(seed: 6)
        var values: [Double] = []
        var times: [Int64] = []
        for (index, value) in dailyValues(1_000, noise: 2, seed: 7).enumerated() where noise.uniform() > 0.15 {
            values.append(noise.uniform() < 0.1 ? .nan : value)
            times.append(Int64(index) * 3_600_000_000)
        }
        #expect(PatternDetector().detect(values, times: times).seasons.first?.calendar == .day)
    }

    @Test("A trend is found with its slope, and does not make shifts", arguments: [0.02, -0.02])
    func trend(slope: Double) throws {
        var noise = Noise(seed: 8)
        let values = (0..<1_000).map { slope * Double($0) + noise.normal() }
        let found = PatternDetector().detect(values, times: times(1_000, seconds: 3_600))
        let trend = try #require(found.trend)
        #expect(abs(trend.perEvent - slope) < 0.001)
        #expect(abs((trend.perDay ?? 0) - 24 * slope) < 0.024)
        #expect(found.shifts.isEmpty && found.seasons.isEmpty)
    }

    @Test("A level shift is found beneath a season, with place and size")
    func shift() throws {
        let values = dailyValues(1_200, noise: 1, seed: 9).enumerated().map {
            $0.offset < 700 ? $0.element : $0.element - 6
        }
        let found = PatternDetector().detect(values, times: times(1_200, seconds: 3_600))
        let shift = try #require(found.shifts.first)
        #expect(found.shifts.count == 1)
        #expect(abs(shift.event - 700) <= 3)
        #expect(abs(shift.size + 6) < 0.5)
        #expect(shift.endEvent == nil)
        #expect(found.trend == nil)
        #expect(found.seasons.map(\.calendar) == [.day])
    }

    @Test("A level that comes back has an end")
    func episode() throws {
        var noise = Noise(seed: 10)
        let values = (0..<1_000).map { (400..<520).contains($0) ? 8 + noise.normal() : noise.normal() }
        let shift = try #require(PatternDetector().detect(values, times: nil).shifts.first)
        #expect(abs(shift.event - 400) <= 3)
        #expect(abs((shift.endEvent ?? 0) - 520) <= 30)
    }

    @Test("Places are counted from the event that the history begins with")
    func offset() {
        let values = (0..<400).map { $0 < 200 ? 0.0 : 5 }
        let shifts = PatternDetector().detect(values, times: nil, firstEvent: 1_000).shifts
        #expect(shifts.map(\.event) == [1_200])
    }

    @Test("A short or constant series has no patterns", arguments: [0, 1, 5, 23])
    func short(count: Int) {
        let rising = (0..<count).map(Double.init)
        #expect(PatternDetector().detect(rising, times: nil) == NumericPatterns(eventCount: count))
        let same = [Double](repeating: 3, count: 100)
        #expect(PatternDetector().detect(same, times: times(100, seconds: 60)) == NumericPatterns(eventCount: 100))
    }

    @Test("Values that are not finite, and times that stand still, do no harm")
    func broken() {
        var values = (0..<200).map { Double($0 % 5) }
        for place in stride(from: 0, to: 200, by: 3) { values[place] = place % 2 == 0 ? .nan : .infinity }
        _ = PatternDetector().detect(values, times: [Int64](repeating: 7, count: 200))
        _ = PatternDetector().detect(values, times: times(200, seconds: 100_000_000))
        _ = PatternDetector().detect([Double](repeating: .nan, count: 100), times: nil)
    }

    @Test(
        "Noise has no patterns in 95 of 100 series",
        arguments: ["white", "autoregressive", "walk", "heavy", "counts"])
    func noise(kind: String) {
        let seeds = 40
        var seasons = 0
        var trends = 0
        var shifts = 0
        for seed in 0..<seeds {
            let values = series(kind, seed: UInt64(seed), count: 400)
            let found = PatternDetector().detect(values, times: times(400, seconds: 3_600))
            seasons += found.seasons.isEmpty ? 0 : 1
            trends += found.trend == nil ? 0 : 1
            shifts += found.shifts.isEmpty ? 0 : 1
        }
        #expect(seasons <= 2, "\(kind): of \(seeds)")
        #expect(trends <= 2, "\(kind): of \(seeds)")
        #expect(shifts <= 2, "\(kind): of \(seeds)")
    }

    private func series(_ kind: String, seed: UInt64, count: Int) -> [Double] {
        var noise = Noise(seed: 1_000 + 77_777 * seed)
        var level = 0.0
        return (0..<count).map { _ in
            let shock = noise.normal()
            switch kind {
            case "autoregressive": level = 0.7 * level + shock
            case "walk": level += shock
            case "heavy": level = shock / max(0.02, noise.uniform())
            case "counts": level = noise.uniform() < 0.9 ? 0 : (6 * noise.uniform()).rounded()
            default: level = shock
            }
            return level
        }
    }
}
