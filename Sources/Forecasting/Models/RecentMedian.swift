/// The median of the last 25 values, for every step.
///
/// Parameters: none. Holds its values twice: as a ring, and sorted, so that a new value costs one removal and one
/// insertion in a line of 25.
///
/// ```swift
/// var model = RecentMedian(cells: StateBlock(floats: 64).cells(RecentMedian.cellCount))
/// for value in [1, 9, 2, 8, 3] as [Float] { model.learn(value) }
/// model.forecast(step: 1)  // 3
/// ```
///
/// Error alone on the nine series of `data/forecast`, × seasonal naive at steps 1, 12, season: .762/.877/1.139.
/// Source: J. W. Tukey, *Exploratory Data Analysis*, 1977 (running medians).
struct RecentMedian: Forecaster {
    /// The number of values the median is taken of.
    static let window = 25
    /// The room the model needs in its block.
    static let cellCount = 2 * window

    private var cells: Cells
    private var count = 0
    private var next = 0

    init(cells: Cells) { self.cells = cells }

    @inline(__always)
    mutating func learn(_ value: Float) {
        let window = RecentMedian.window
        var place = count
        if count == window {
            let leaving = cells[next]
            place = 0
            while cells[window &+ place] != leaving { place &+= 1 }
        } else {
            count &+= 1
        }
        cells[next] = value
        next = next &+ 1 == window ? 0 : next &+ 1
        // `place` is a hole in the sorted half; shift towards it from where the value belongs.
        while place > 0, cells[window &+ place &- 1] > value {
            cells[window &+ place] = cells[window &+ place &- 1]
            place &-= 1
        }
        while place &+ 1 < count, cells[window &+ place &+ 1] < value {
            cells[window &+ place] = cells[window &+ place &+ 1]
            place &+= 1
        }
        cells[window &+ place] = value
    }

    @inline(__always)
    func forecast(step: Int) -> Float {
        if count == 0 { return 0 }
        let middle = RecentMedian.window &+ count / 2
        return count & 1 == 1 ? cells[middle] : 0.5 * (cells[middle] + cells[middle &- 1])
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) { cells.move(by: floats) }
}

extension RecentMedian {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&count, in: 0...RecentMedian.window)
        try coder.pass(&next, in: 0...(RecentMedian.window - 1))
        try coder.check(count == RecentMedian.window || next == count, "a ring is filled elsewhere than in front")
        try coder.check(
            cells.part(from: RecentMedian.window, count: RecentMedian.window).areSorted(cells, count: count),
            "a sorted window does not hold the values of its ring")
    }
}
