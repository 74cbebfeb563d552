/// Sample paths of a series: what its next events may look like, together, over a stretch of time ahead.
///
/// A path takes what followed a moment of the past and puts it on top of what is expected now:
///
///     path(j) = F_now(j) + y[o + j] − F_o(j)          o: a past event, the path's origin; j: events ahead
///
/// so that errors keep the shape they had: what wandered off together does so in the path, and how many events come, and when, is what
/// it was after the origin. Nothing is multiplied step by step. Of three baselines F each field takes the one whose errors
/// spread least over the origins:
///
///     naive      F_x(j) = y[x]                                     a path repeats the past's increments, trends included
///     seasonal   F_x(j) = y[x + j − s], s the season
///     model      F_x(j) = one of these + c_x(j), c the difference to the forecasts of a ``NumericForecaster`` at 1, 2, 4, … events
///                ahead, straight between them
///
/// Labels (what is no number) come as they were after the origin.
///
/// ```swift
/// var paths = PathForecaster(fields: 1, labels: 0, reachMicroseconds: 60_000_000, steps: 12)
/// for (second, value) in values.enumerated() {
///     paths.learn([value], labels: [], at: Int64(second) * 5_000_000, seasons: [nil])
/// }
/// paths.prepare()
/// (0..<paths.pathCount).map { path in (0..<paths.length(path)).map { paths.value(field: 0, path: path, ahead: $0) } }
/// ```
///
/// Cost: some .5 µs a field and ladder step to learn; a path of n events is 10 ns × n. Memory: 16 n events (1,024…8,192) of 12 B and
/// 4 B a field, and a forecaster of the lite tier a field. Errors: none. Source: the bootstrap of residual paths (Pan, Politis, "Bootstrap
/// prediction intervals for linear, nonlinear and nonparametric autoregressions", 2016), with ours for the rest.
public struct PathForecaster: Sendable {
    /// The most paths.
    public static let most = 64
    /// The most moments of the past that are looked at for origins.
    private static let candidates = 256
    /// Origins from which on there are paths.
    public static let fewest = 8
    /// How far ahead a path goes at most, in times the events expected.
    private static let stretch = 4

    /// The fields that are forecast.
    public let fieldCount: Int
    /// What else is kept of an event.
    public let labelCount: Int
    /// How far ahead paths go.
    public let reachMicroseconds: Int64
    /// The events expected within the reach.
    public let steps: Int
    /// The events learned.
    public internal(set) var count = 0
    /// The paths that ``prepare()`` made.
    public var pathCount: Int { origins.count }

    private let ladder: [Int]
    private let capacity: Int
    private let stride: Int
    var forecasters: [NumericForecaster]
    var times: [Int64]
    var values: [Float]
    var labels: [Int32]
    /// The corrections of the origins kept, `ladder` floats a field, in a ring.
    var corrections: [Float]
    /// The events at which seasons changed last: origins before have another baseline.
    var changed = 0

    // What was prepared.
    private var origins: [Int] = []
    private var lengths: [Int] = []
    private var baselines: [Baseline] = []
    private var expected: [Float] = []
    private var longest = 0
    private var isModelled = false
    private var distances: [(distance: Float, origin: Int)] = []
    /// Whether a field's extremes are known, and what they are, `most` a field.
    private var measured: [UInt8]
    private var lowest: [Float]
    private var highest: [Float]

    private enum Baseline { case naive, seasonal, model }

    /// Creates one that has seen nothing.
    ///
    /// - Parameters:
    ///   - fields: The numeric fields of an event.
    ///   - labels: What else is kept of it.
    ///   - reachMicroseconds: How far ahead paths go.
    ///   - steps: The events expected within the reach, 1…2,016.
    public init(fields: Int, labels: Int, reachMicroseconds: Int64, steps: Int) {
        fieldCount = fields
        labelCount = labels
        self.reachMicroseconds = reachMicroseconds
        self.steps = min(max(steps, 1), NumericForecaster.maxStep)
        var rungs: [Int] = []
        var rung = 1
        while rung < self.steps {
            rungs.append(rung)
            rung *= 2
        }
        ladder = rungs + [self.steps]
        var room = 1_024
        while room < 16 * self.steps, room < 8_192 { room *= 2 }
        capacity = room
        stride = max(1, room / (2 * Self.most))
        let configuration = ForecastConfiguration(tier: .lite)
        forecasters = (0..<fields).map { [ladder] _ in NumericForecaster(steps: ladder, configuration: configuration) }
        times = [Int64](repeating: 0, count: room)
        values = [Float](repeating: 0, count: room * fields)
        self.labels = [Int32](repeating: -1, count: room * labels)
        measured = [UInt8](repeating: 0, count: fields)
        lowest = [Float](repeating: 0, count: fields * Self.most)
        highest = lowest
        corrections = [Float](repeating: 0, count: 2 * Self.most * fields * ladder.count)
    }

    /// The memory held, in bytes.
    public var bytes: Int {
        forecasters.reduce(256 + times.count * 8 + (values.count + labels.count + corrections.count) * 4) {
            $0 + $1.bytes
        }
    }

    // MARK: Learning

    /// Takes in an event.
    ///
    /// - Parameters:
    ///   - event: Its numbers; what is not finite repeats the one before.
    ///   - labels: What else it holds.
    ///   - time: When it came, in microseconds, not before the last one.
    ///   - seasons: The seasons of the fields, in events, as far as they are known.
    public mutating func learn(_ event: [Double], labels event2: [Int32], at time: Int64, seasons: [Int?]) {
        let place = count & (capacity - 1)
        times[place] = time
        for field in 0..<fieldCount {
            let before = count > 0 ? values[field * capacity + (count - 1) & (capacity - 1)] : 0
            let value = event[field].isFinite ? Float(event[field]) : before
            // A number too large for single precision repeats the one before.
            values[field * capacity + place] = value.isFinite ? value : before
            follow(seasons[field], field: field)
            forecasters[field].learn(Double(values[field * capacity + place]))
        }
        for label in 0..<labelCount { labels[label * capacity + place] = event2[label] }
        count += 1
        if count % stride == 0 { keepOrigin() }
    }

    private mutating func follow(_ season: Int?, field: Int) {
        guard forecasters[field].season != season, season.map({ $0 * 2 <= capacity }) ?? true else { return }
        forecasters[field].setSeason(season)
        if forecasters[field].season == season { changed = count }
    }

    private mutating func keepOrigin() {
        let start = originPlace(count - 1)
        for field in 0..<fieldCount {
            for rung in ladder.indices {
                corrections[start + field * ladder.count + rung] = correction(field: field, rung: rung)
            }
        }
    }

    /// What the model adds to the plain baseline now.
    private func correction(field: Int, rung: Int) -> Float {
        let told = Float(forecasters[field].forecast(stepIndex: rung).value)
        let correction = told - plain(count - 1, field: field, ahead: ladder[rung])
        return correction.isFinite ? correction : 0
    }

    private func originPlace(_ origin: Int) -> Int {
        (origin + 1) / stride % (2 * Self.most) * fieldCount * ladder.count
    }

    // MARK: Paths

    /// Makes paths from what is known now.
    public mutating func prepare() {
        origins.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        for field in 0..<fieldCount { measured[field] = 0 }
        guard count > 1 else { return }
        let now = times[(count - 1) & (capacity - 1)]
        let season = forecasters.reduce(1) { max($0, $1.season ?? 1) }
        let first = max(count - capacity + season, 0)
        // Only those are taken after which the whole reach is known.
        let last = lastOrigin(atMost: now - reachMicroseconds, from: first)
        guard last - first + 1 >= Self.fewest else { return }
        // The model's word is kept for every `stride`-th origin only; while these are few, any will do, without the model.
        isModelled = (last - first) / stride >= 2 * Self.fewest
        let grid = isModelled ? stride : 1
        let latest = isModelled ? (last + 1) / stride * stride - 1 : last
        chooseOrigins(first: first, latest: latest, grid: grid)
        longest = 0
        for origin in origins {
            let length = length(after: origin)
            lengths.append(length)
            longest = max(longest, length)
        }
        expect()
    }

    /// Takes half of the origins evenly from the past, the other half from where things stood as they do now.
    private mutating func chooseOrigins(first: Int, latest: Int, grid: Int) {
        let candidates = min((latest - first) / grid + 1, Self.candidates)
        let pace = grid * max(1, (latest - first + 1) / (grid * candidates))
        let even = max(1, 2 * candidates / Self.most)
        distances.removeAll(keepingCapacity: true)
        for place in 0..<candidates {
            let origin = latest - place * pace
            if place % even == 0, origins.count < Self.most / 2 {
                origins.append(origin)
            } else {
                distances.append((0, origin))
            }
        }
        guard !distances.isEmpty else { return }
        for field in 0..<fieldCount { addDistances(field) }
        distances.sort { $0.distance < $1.distance }
        for near in distances.prefix(Self.most - origins.count) { origins.append(near.origin) }
    }

    /// Adds how far a field's level and late change lie from those of now, in units of their usual distance.
    private mutating func addDistances(_ field: Int) {
        let now = count - 1
        for lag in [0, 3] where now >= lag {
            func state(_ event: Int) -> Float {
                lag == 0 ? value(event, field) : value(event, field) - value(max(event - lag, 0), field)
            }
            let present = state(now)
            var sum: Float = 0
            for near in distances { sum += abs(state(near.origin) - present) }
            let unit = sum / Float(distances.count)
            guard unit > 0, unit.isFinite else { continue }
            for place in distances.indices {
                distances[place].distance += abs(state(distances[place].origin) - present) / unit
            }
        }
    }

    /// The last event that came by a time; below `first` where there is none.
    private func lastOrigin(atMost time: Int64, from first: Int) -> Int {
        var (low, high) = (first - 1, count - 2)
        while low < high {
            let middle = (low + high + 1) / 2
            if times[middle & (capacity - 1)] <= time { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private func length(after origin: Int) -> Int {
        let end = times[origin & (capacity - 1)] + reachMicroseconds
        // Times ascend.
        var low = origin
        var high = min(count - 1, origin + Self.stretch * steps)
        while low < high {
            let middle = (low + high + 1) / 2
            if times[middle & (capacity - 1)] <= end { low = middle } else { high = middle - 1 }
        }
        return low - origin
    }

    /// Chooses the baselines and lays out what is expected.
    private mutating func expect() {
        baselines.removeAll(keepingCapacity: true)
        expected.removeAll(keepingCapacity: true)
        for field in 0..<fieldCount {
            let baseline = best(field)
            baselines.append(baseline)
            for ahead in 0..<longest {
                var value =
                    baseline == .naive ? level(count - 1, field) : plain(count - 1, field: field, ahead: ahead + 1)
                if baseline == .model { value += interpolated(ahead + 1) { correction(field: field, rung: $0) } }
                expected.append(value)
            }
        }
    }

    /// The baseline whose errors halfway and at the end spread least.
    private func best(_ field: Int) -> Baseline {
        let hasSeason = (forecasters[field].season ?? 1) > 1
        // What the model said before the season changed was said on top of something else.
        let isMature = isModelled && origins.allSatisfy { $0 >= changed } && origins.allSatisfy { $0 >= steps }
        var best = Baseline.naive
        var least = spread(.naive, field)
        if hasSeason {
            let other = spread(.seasonal, field)
            if other < least { (best, least) = (.seasonal, other) }
        }
        if isMature, spread(.model, field) < least { best = .model }
        return best
    }

    private func spread(_ baseline: Baseline, _ field: Int) -> Float {
        var total: Float = 0
        for part in 1...2 {
            var (sum, squares, cases): (Float, Float, Float) = (0, 0, 0)
            for path in origins.indices where lengths[path] > 0 {
                let ahead = max(1, lengths[path] * part / 2)
                let error = value(origins[path] + ahead, field) - told(baseline, path, field, ahead)
                sum += error
                squares += error * error
                cases += 1
            }
            guard cases > 1 else { return .infinity }
            total += max(squares - sum * sum / cases, 0)
        }
        return total.isFinite ? total : .infinity
    }

    /// On how many paths a number lies between two others at least once.
    ///
    /// - Parameter reachMicroseconds: Later events do not count.
    public mutating func pathsBetween(
        _ low: Double, _ high: Double, field: Int, reachMicroseconds reach: Int64
    ) -> Int {
        if reach < reachMicroseconds {
            return origins.indices.count { path in
                (0..<lengths[path]).contains { ahead in
                    let value = value(field: field, path: path, ahead: ahead)
                    return value >= low && value <= high && microseconds(path: path, ahead: ahead) <= reach
                }
            }
        }
        if measured[field] == 0 { measure(field) }
        let start = field * Self.most
        return origins.indices.count { path in
            let (least, greatest) = (Double(lowest[start + path]), Double(highest[start + path]))
            guard least <= high, greatest >= low else { return false }
            if least >= low || greatest <= high { return true }
            return (0..<lengths[path]).contains { ahead in
                let value = value(field: field, path: path, ahead: ahead)
                return value >= low && value <= high
            }
        }
    }

    /// Finds the extremes of a field on every path.
    private mutating func measure(_ field: Int) {
        measured[field] = 1
        let (mask, base) = (capacity - 1, field * capacity)
        let baseline = baselines[field]
        let season = baseline == .naive ? 1 : forecasters[field].season ?? 1
        unsafe values.withUnsafeBufferPointer { values in
            unsafe expected.withUnsafeBufferPointer { expected in
                for path in origins.indices {
                    let origin = origins[path]
                    var (least, greatest) = (Float.infinity, -Float.infinity)
                    for ahead in 1..<max(lengths[path] + 1, 1) {
                        var told = unsafe values[base + origin & mask]
                        if season > 1 {
                            let back = (ahead + season - 1) / season * season
                            told = unsafe values[base + (origin + ahead - back) & mask]
                        }
                        if baseline == .model { told += kept(origin, field: field, ahead: ahead) }
                        let came = unsafe values[base + (origin + ahead) & mask]
                        let value = unsafe expected[field * longest + ahead - 1] + (came - told)
                        least = min(least, value)
                        greatest = max(greatest, value)
                    }
                    lowest[field * Self.most + path] = least
                    highest[field * Self.most + path] = greatest
                }
            }
        }
    }

    /// What the model added to the plain baseline at an origin.
    @inline(__always)
    private func kept(_ origin: Int, field: Int, ahead: Int) -> Float {
        let start = originPlace(origin) + field * ladder.count
        return interpolated(ahead) { corrections[start + $0] }
    }

    /// How many events a path has.
    public func length(_ path: Int) -> Int { lengths[path] }

    /// The time of a path's event, in microseconds from now.
    public func microseconds(path: Int, ahead: Int) -> Int64 {
        times[(origins[path] + ahead + 1) & (capacity - 1)] - times[origins[path] & (capacity - 1)]
    }

    /// A number of a path's event, `ahead` counting from 0.
    public func value(field: Int, path: Int, ahead: Int) -> Double {
        let error =
            value(origins[path] + ahead + 1, field) - told(baselines[field], path, field, ahead + 1)
        return Double(expected[field * longest + ahead] + error)
    }

    /// A label of a path's event.
    public func label(_ label: Int, path: Int, ahead: Int) -> Int32 {
        labels[label * capacity + (origins[path] + ahead + 1) & (capacity - 1)]
    }

    // MARK: Baselines

    private func value(_ event: Int, _ field: Int) -> Float { values[field * capacity + event & (capacity - 1)] }

    private func level(_ origin: Int, _ field: Int) -> Float { value(origin, field) }

    /// The value a season before, or the last one where there is no season.
    private func plain(_ origin: Int, field: Int, ahead: Int) -> Float {
        guard let season = forecasters[field].season, season > 1, origin + ahead >= season else {
            return level(origin, field)
        }
        let back = (ahead + season - 1) / season * season
        return value(max(origin + ahead - back, 0), field)
    }

    private func told(_ baseline: Baseline, _ path: Int, _ field: Int, _ ahead: Int) -> Float {
        let origin = origins[path]
        switch baseline {
        case .naive: return level(origin, field)
        case .seasonal: return plain(origin, field: field, ahead: ahead)
        case .model:
            return plain(origin, field: field, ahead: ahead) + kept(origin, field: field, ahead: ahead)
        }
    }

    /// A correction between the rungs.
    @inline(__always)
    private func interpolated(_ ahead: Int, _ correction: (Int) -> Float) -> Float {
        if ahead >= steps { return correction(ladder.count - 1) }
        // The rungs are powers of two but for the last.
        let rung = min(Int.bitWidth - 1 - ahead.leadingZeroBitCount, ladder.count - 1)
        let low = ladder[rung]
        if low == ahead || rung + 1 == ladder.count { return correction(rung) }
        let share = Float(ahead - low) / Float(ladder[rung + 1] - low)
        return correction(rung) + share * (correction(rung + 1) - correction(rung))
    }
}
