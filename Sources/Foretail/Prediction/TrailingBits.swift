import Forecasting

/// Trailing means of the bits an event costs under the context model and under the frequencies alone.
struct TrailingBits {
    private var model = 0.0
    private var frequency = 0.0
    private var weight = 0.0

    /// Adds one event.
    mutating func learn(modelBits: Double, frequencyBits: Double) {
        weight = min(weight + 1, 500)
        let rate = 1 / weight
        model += rate * (modelBits - model)
        frequency += rate * (frequencyBits - frequency)
    }

    /// The bits that the context model saves an event.
    var saved: Double { frequency - model }

    /// The share of the frequency model's bits that the context model saves; 0 under 20 events.
    var skill: Double {
        guard weight >= 20, frequency > 1e-9 else { return 0 }
        return 1 - model / frequency
    }
}

extension TrailingBits {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&model)
        try coder.pass(&frequency)
        try coder.pass(&weight)
    }
}
