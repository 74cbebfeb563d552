/// One key of a simulated stream: when its events come and what they hold.
struct SimulatedSeries: Sendable {
    private enum Shape: Sendable { case constant, wave, ramp, noise, square }

    let key: SimulatedValue
    let second: String
    private let shape: Shape
    private let level: Double
    private let swing: Double
    private let wave: Int
    private let cycle: [String]
    private let isCyclic: Bool
    private let period: Int64
    private let jitter: Int64
    private let missing: Int
    private let changesAt: Int
    private let changesFor: Int
    private let changesToDigits: Bool
    /// The time of its next event, in microseconds.
    private(set) var nextTime: Int64
    private var count = 0

    init(_ number: Int, start: Int64, _ random: inout SeededGenerator) {
        key = random.one(in: 5) ? .number(Double(number)) : .text("k\(number)")
        second = random.pick(["x", "y"])
        shape = random.pick([.constant, .wave, .ramp, .noise, .square])
        level = Double(random.below(100))
        swing = random.pick([0.5, 5, 40])
        wave = 2 + random.below(6)
        cycle = random.pick([["x", "y"], ["x", "y", "z"], ["x", "x", "y", "3"], ["ok"]])
        isCyclic = !random.one(in: 3)
        period = Int64(1 + random.below(10)) * 1_000_000
        jitter = random.pick([0, 0, 0, 200_000, 3_000_000])
        missing = random.pick([8, 20, 1_000])
        changesAt = random.one(in: 3) ? 10 + random.below(25) : .max
        changesFor = random.pick([3, 12, 100])
        changesToDigits = random.one(in: 2)
        nextTime = start + Int64(random.below(3)) * 500_000
    }

    /// Moves the next event on by one period.
    mutating func advance(_ random: inout SeededGenerator) {
        let shake = jitter > 0 ? Int64(random.below(Int(jitter))) : 0
        nextTime += random.one(in: 40) ? 0 : period + shake
        count += 1
    }

    /// Skips ahead.
    mutating func jump(_ microseconds: Int64) { nextTime += microseconds }

    /// The fields of the event at hand, key and time excluded.
    func fields(_ random: inout SeededGenerator) -> [String: SimulatedValue] {
        var fields: [String: SimulatedValue] = [:]
        let phase = Double(count % wave) / Double(wave)
        let raw: Double =
            switch shape {
            case .constant: level
            case .wave: level + swing * (phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase)
            case .ramp: level + swing * Double(count) / 10
            case .noise: level + swing * (2 * random.unit() - 1)
            case .square: count % wave < wave / 2 ? level : level + swing
            }
        let value = (raw * 100).rounded() / 100
        let isChanged = count >= changesAt && count - changesAt < changesFor
        if isChanged {
            fields["v"] = changesToDigits ? .text("\(value)") : random.pick([.text("off"), .text("on"), .object])
        } else {
            fields["v"] = random.one(in: 60) ? .null : .number(value)
        }
        fields["c"] = .text(isCyclic ? cycle[count % cycle.count] : random.pick(cycle))
        fields["b"] = .boolean(count % 3 == 0)
        // A field that says so little and comes so seldom that only its arrival can be known.
        if random.one(in: 30) { fields["c"] = .number(Double(random.below(4))) }
        if random.one(in: missing) { fields["v"] = nil }
        if random.one(in: missing) { fields["c"] = nil }
        return fields
    }
}
