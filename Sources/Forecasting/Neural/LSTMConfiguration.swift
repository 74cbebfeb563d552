/// How large the global network is, what it remembers to train on, and how much it trains.
public struct LSTMConfiguration: Sendable, Equatable {
    /// Whether the network takes part at all.
    public var use = LSTMUse.off
    /// Hidden units, a multiple of four.
    public var hidden = 16
    /// Judged steps of a window: the truncation of back-propagation.
    public var windowSteps = 32
    /// Steps before those, which only bring the state into being.
    public var warmUpSteps = 8
    /// A window of a series is kept every so many of its values, and after each miss.
    public var windowStride = 8
    /// The most windows kept, 1.5 kB each. Beyond it a new one takes the place of one drawn by lot.
    public var windowLimit = 256
    /// How much likelier a window that ends in a miss is drawn.
    public var missWeight: Float = 3
    /// Windows per update.
    public var batch = 8
    /// Updates per job.
    public var updates = 32
    /// The fewest values between two jobs, all series together. The distance grows with the values learned, up to
    /// ``longestInterval``, so that training costs less per value the longer a stream lasts.
    public var interval = 256
    /// The most values between two jobs.
    public var longestInterval = 16_384
    /// The learning rate of the first update; it falls with the square root of the updates made.
    public var rate: Float = 0.01
    /// The longest gradient, in global norm.
    public var maxNorm: Float = 1

    /// Creates the usual configuration.
    public init(use: LSTMUse = .off) { self.use = use }

    /// The shape of the network.
    var shape: LSTMShape { LSTMShape(inputs: LSTMFeatures.count, hidden: hidden, outputs: 1) }

    /// The learning rate after some updates.
    func rate(after updates: Int) -> Float { rate / (1 + Float(updates) / 100).squareRoot() }

    /// Multiplications per value that training takes on average at a distance of two jobs.
    func trainingMultiplications(interval: Int) -> Int {
        2 * shape.multiplications * (windowSteps + warmUpSteps) * batch * updates / max(interval, 1)
    }
}
