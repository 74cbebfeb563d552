/// One series' part in the global network, in memory of its own: made where the network is asked for, let go where not.
///
/// ```swift
/// let neural = NeuralSeries(season: 24, phaseShift: 0, hidden: 16)
/// neural.replay(history, network: global.network)
/// let both = neural.blend(0.4, isUsed: global.isUsed)
/// ```
///
/// Memory at 16 hidden units: 800 bytes.
final class NeuralSeries: @unchecked Sendable {
    /// The state, the usual change and the blend.
    private(set) var series: LSTMSeries
    /// Whether the last blend was used as the forecast.
    private(set) var isUsed = false
    /// Hidden units of the network it was made for.
    let hidden: Int
    private let block: StateBlock

    /// Values that a replay shows the network, the latest: the state forgets what lies further back, and so does the
    /// usual change, which is a mean over a hundred.
    static let replayLimit = 512

    init(season: Int, phaseShift: Int, hidden: Int) {
        self.hidden = hidden
        let room = LSTMSeries.cellCount(hidden: hidden)
        block = StateBlock(floats: room)
        series = LSTMSeries(season: season, phaseShift: phaseShift, hidden: hidden, cells: block.cells(room))
    }

    private init(copying other: NeuralSeries) {
        hidden = other.hidden
        isUsed = other.isUsed
        block = StateBlock(floats: other.block.count)
        block.fill(from: other.block)
        series = other.series
        series.move(by: other.block.distance(to: block))
    }

    /// The same state in memory of its own.
    func copy() -> NeuralSeries { NeuralSeries(copying: self) }

    /// Scores what was last said of `value`; nil before anything was.
    func judge(_ value: Float) -> LSTMBlend.Errors? { series.judge(value) }

    /// Takes in the last value of the history.
    func learn(_ history: ValueHistory, network: LSTMNetwork) { series.learn(history: history, network: network) }

    /// Takes in the last ``replayLimit`` values of a history that was there before.
    func replay(_ history: ValueHistory, network: LSTMNetwork) {
        let first = max(history.oldest, history.count - NeuralSeries.replayLimit)
        for position in first..<history.count { series.learn(at: position, history: history, network: network) }
    }

    /// Goes on with what another blend has learned.
    func adopt(_ blend: LSTMBlend) { series.blend = blend }

    /// The forecast of mix and network together; remembered until the value is there.
    func blend(_ mix: Float, isUsed: Bool) -> Float {
        self.isUsed = isUsed
        return series.blend.mixed(mix, own: series.forecast)
    }

    /// The network's part in the forecast, 0…1.
    var share: Float { isUsed ? series.blend.share : 0 }

    /// The memory held, in bytes.
    var bytes: Int { 4 * block.count + MemoryLayout<LSTMSeries>.stride }
}

extension NeuralSeries {
    /// Writes a series' part, or reads one into memory of its own, for a season that both sides know.
    static func passed(
        _ neural: NeuralSeries?, season: Int, through coder: inout SnapshotCoder
    ) throws(SnapshotError) -> NeuralSeries {
        var hidden = neural?.hidden ?? 4
        try coder.pass(&hidden, in: 4...LSTMShape.maxWidth)
        try coder.check(hidden % 4 == 0, "\(hidden) hidden units")
        var phaseShift = neural?.series.features.phaseShift ?? 0
        try coder.pass(&phaseShift)
        let neural = neural ?? NeuralSeries(season: season, phaseShift: phaseShift, hidden: hidden)
        try coder.pass(&neural.isUsed)
        try coder.pass(finite: neural.block.all)
        try neural.series.pass(through: &coder)
        return neural
    }
}
