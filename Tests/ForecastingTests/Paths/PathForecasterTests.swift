import Testing

@testable import Forecasting

@Suite("Sample paths")
struct PathForecasterTests {
    private static let second: Int64 = 1_000_000

    /// Paths of a series of one number, an event a second.
    private static func paths(
        of values: [Double], reach: Int, season: Int? = nil
    ) -> PathForecaster {
        var paths = PathForecaster(fields: 1, labels: 1, reachMicroseconds: Int64(reach) * second, steps: reach)
        for (index, value) in values.enumerated() {
            paths.learn([value], labels: [Int32(index)], at: Int64(index) * second, seasons: [season])
        }
        paths.prepare()
        return paths
    }

    @Test("Before the reach has passed a few times there are no paths")
    func young() {
        #expect(Self.paths(of: Array(repeating: 1, count: 12), reach: 12).pathCount == 0)
        #expect(Self.paths(of: [], reach: 12).pathCount == 0)
        #expect(Self.paths(of: Array(repeating: 1, count: 60), reach: 12).pathCount > 0)
    }

    @Test("A trend goes on beyond all that was ever seen")
    func trend() {
        var noise = Noise(seed: 5)
        let values = (0..<600).map { 40 + 0.05 * Double($0) + 0.1 * noise.normal() }
        var paths = Self.paths(of: values, reach: 200)
        #expect(values.max()! < 71)
        #expect(paths.pathsBetween(79, .infinity, field: 0, reachMicroseconds: 200 * Self.second) == paths.pathCount)
        #expect(paths.pathsBetween(82, .infinity, field: 0, reachMicroseconds: 200 * Self.second) == 0)
    }

    @Test("Errors keep the shape they had: of a random walk paths spread as its past did")
    func walk() {
        var noise = Noise(seed: 6)
        var level = 0.0
        let values = (0..<2_000).map { _ in
            level += noise.normal()
            return level
        }
        let paths = Self.paths(of: values, reach: 100)
        let ends = (0..<paths.pathCount).map {
            paths.value(field: 0, path: $0, ahead: paths.length($0) - 1) - values[values.count - 1]
        }
        let deviation = (ends.reduce(0) { $0 + $1 * $1 } / Double(ends.count)).squareRoot()
        #expect(deviation > 6 && deviation < 16, "\(deviation), of 10")
    }

    @Test("A season is followed")
    func season() {
        var noise = Noise(seed: 7)
        let values = (0..<1_440).map { index in
            50 + 30 * Double(sine(Double(index) / 48 * 2 * .pi)) + noise.normal()
        }
        let paths = Self.paths(of: values, reach: 48, season: 48)
        #expect(paths.pathCount >= 8)
        for path in 0..<paths.pathCount {
            let quarter = paths.value(field: 0, path: path, ahead: 12)
            let threeQuarters = paths.value(field: 0, path: path, ahead: 36)
            #expect(abs(quarter - 80) < 8 && abs(threeQuarters - 20) < 8, "\(quarter), \(threeQuarters)")
        }
    }

    @Test("Extremes tell the same as every event of a path, and the reach may be shorter")
    func extremes() {
        var noise = Noise(seed: 8)
        let values = (0..<900).map { _ in noise.normal() * 5 }
        var paths = Self.paths(of: values, reach: 24)
        for (low, high) in [(8.0, Double.infinity), (-Double.infinity, -9), (2, 2.4), (40, 50)] {
            for reach in [24, 7] {
                let expected = (0..<paths.pathCount).count { path in
                    (0..<paths.length(path)).contains { ahead in
                        let value = paths.value(field: 0, path: path, ahead: ahead)
                        return value >= low && value <= high
                            && paths.microseconds(path: path, ahead: ahead) <= Int64(reach) * Self.second
                    }
                }
                let told = paths.pathsBetween(low, high, field: 0, reachMicroseconds: Int64(reach) * Self.second)
                #expect(told == expected)
            }
        }
    }

    @Test("Times and labels are those that followed the origin")
    func labels() {
        var paths = PathForecaster(fields: 0, labels: 1, reachMicroseconds: 30 * Self.second, steps: 10)
        var time: Int64 = 0
        for index in 0..<500 {
            time += Int64(index % 3 + 1) * Self.second
            paths.learn([], labels: [Int32(index % 3)], at: time, seasons: [])
        }
        paths.prepare()
        #expect(paths.pathCount >= 8)
        for path in 0..<paths.pathCount {
            var before: Int64 = 0
            for ahead in 0..<paths.length(path) {
                let gap = paths.microseconds(path: path, ahead: ahead) - before
                #expect(gap == Int64(paths.label(0, path: path, ahead: ahead) + 1) * Self.second)
                before += gap
            }
            #expect(before <= 30 * Self.second)
        }
    }

    @Test("What is no number repeats the one before")
    func notFinite() {
        let values = (0..<200).map { $0 % 7 == 3 ? Double.nan : $0 % 11 == 0 ? 1e300 : 5 }
        let paths = Self.paths(of: values, reach: 10)
        for path in 0..<paths.pathCount { #expect(paths.value(field: 0, path: path, ahead: 0).isFinite) }
    }
}
