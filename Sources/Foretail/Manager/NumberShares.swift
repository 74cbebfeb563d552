import Forecasting

/// How often each of a field's numbers came, where they repeat: codes, ports, sizes of the same page.
///
///     var shares = NumberShares()
///     for code in [200, 200, 404, 200] { shares.learn(code) }
///     shares.share(of: 404)   // 0.2
///
/// A number that comes in one event of fifty is no surprise of ten bits, however far it lies from what a forecaster expects. Sixty-four
/// rows of four numbers each; a new one takes the place of the rarest of its row once that is worn down, so that what repeats
/// outlives an endless stream of what does not. Counts are halved every 8,192 numbers. Size: 3 kB.
struct NumberShares {
    private static let rows = 64
    private static let width = 4
    private static let horizon: UInt32 = 8_192

    private var numbers: [Double] = []
    private var counts: [UInt32] = []
    private var total: UInt32 = 0

    /// The share of a number in all that were learned; 0 of one that is not held.
    func share(of number: Double) -> Double {
        guard !numbers.isEmpty else { return 0 }
        let start = Self.start(of: number)
        for place in start..<start + Self.width where counts[place] > 0 && numbers[place] == number {
            return Double(counts[place]) / Double(total + 1)
        }
        return 0
    }

    /// Takes in a number.
    mutating func learn(_ number: Double) {
        if numbers.isEmpty {
            numbers = [Double](repeating: 0, count: Self.rows * Self.width)
            counts = [UInt32](repeating: 0, count: Self.rows * Self.width)
        }
        if total >= Self.horizon {
            total /= 2
            for place in counts.indices { counts[place] /= 2 }
        }
        total += 1
        let start = Self.start(of: number)
        var rarest = start
        for place in start..<start + Self.width {
            if counts[place] > 0, numbers[place] == number {
                counts[place] += 1
                return
            }
            if counts[place] < counts[rarest] { rarest = place }
        }
        if counts[rarest] > 1 {
            counts[rarest] -= 1
        } else {
            numbers[rarest] = number
            counts[rarest] = 1
        }
    }

    private static func start(of number: Double) -> Int {
        // Minus zero is zero.
        let bits = (number == 0 ? 0 : number).bitPattern &* 0x9E37_79B9_7F4A_7C15
        return Int(bits >> 58) * width
    }
}

extension NumberShares {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        guard try coder.flag(!numbers.isEmpty) else { return }
        if coder.isReading {
            numbers = [Double](repeating: 0, count: Self.rows * Self.width)
            counts = [UInt32](repeating: 0, count: Self.rows * Self.width)
        }
        try coder.pass(&total, in: 0...Self.horizon)
        for place in counts.indices {
            try coder.pass(&counts[place], in: 0...Self.horizon)
            guard counts[place] > 0 else { continue }
            try coder.pass(&numbers[place])
            let isOwn = Self.start(of: numbers[place]) == place / Self.width * Self.width
            try coder.check(isOwn, "a number stands in a row that is not its own")
        }
    }
}
