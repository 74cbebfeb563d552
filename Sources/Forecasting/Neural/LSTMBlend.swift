/// The network's forecast added to the mix of the other models, as far as it explained what the mix was off by.
///
///     r = (network − mix) / d        e = (y − mix) / d        both within ±1, d the series' usual change
///     P ← δP + r e        Q ← δQ + r²        share = .8 P / (Q + 1) within 0…1        ŷ = mix + share (network − mix)
///
/// Parameters: the discount δ .998. A regression with one coefficient, shrunken: unlike weights by past error it gives
/// nothing to a network that is right where the mix is right as well. The mix alone keeps its own score, so what the
/// network adds is known at every value, whether or not the blend is used.
///
/// ```swift
/// var blend = LSTMBlend()
/// blend.mixed(0.4, own: 0.6)          // 0.4: nothing was judged yet
/// blend.learn(0.5, unit: 1)           // errors of mix, network and blend
/// ```
///
/// On the nine public series of `Scripts/lstm-gains` against shares by the eighth power of past errors: 1.1 % off the
/// error of the mix instead of .6 %. Source: Bates and Granger, "The Combination of Forecasts", Operational Research
/// Quarterly 20(4), 1969.
struct LSTMBlend {
    /// What the mix, the network and both together were off by, in units of the series' usual change, at most 8.
    struct Errors {
        var mix: Float
        var network: Float
        var both: Float
    }

    private static let discount: Float = 0.998
    private static let shrinkage: Float = 0.8
    /// The network takes part from this many judged forecasts on.
    private static let joins = 32

    private var products: Float = 0
    private var squares: Float = 0
    private var mix: Float = 0
    private var own: Float = 0
    private var both: Float = 0
    private(set) var judged = 0
    private var isOpen = false

    /// The network's part of the blend, 0…1.
    @inline(__always) var share: Float {
        guard judged >= LSTMBlend.joins else { return 0 }
        return min(max(LSTMBlend.shrinkage * products / (squares + 1), 0), 1)
    }

    /// Blends two forecasts of the next value and remembers them until it is there.
    @inline(__always)
    mutating func mixed(_ mix: Float, own: Float) -> Float {
        self.mix = mix
        self.own = own
        both = mix + share * (own - mix)
        isOpen = true
        return both
    }

    /// Takes in the value that the last blend spoke of; nil where there was none.
    @inline(__always)
    mutating func learn(_ value: Float, unit: Float) -> Errors? {
        guard isOpen else { return nil }
        isOpen = false
        judged &+= 1
        let scale = 1 / unit
        let reach = min(max((own - mix) * scale, -1), 1)
        let error = min(max((value - mix) * scale, -1), 1)
        products = LSTMBlend.discount * products + reach * error
        squares = LSTMBlend.discount * squares + reach * reach
        return Errors(
            mix: min(abs(value - mix) * scale, 8), network: min(abs(value - own) * scale, 8),
            both: min(abs(value - both) * scale, 8))
    }
}

extension LSTMBlend {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&products)
        try coder.pass(&squares)
        try coder.check(squares >= 0, "a sum of squares is negative")
        try coder.pass(&mix)
        try coder.pass(&own)
        try coder.pass(&both)
        try coder.pass(&judged)
        try coder.pass(&isOpen)
    }
}
