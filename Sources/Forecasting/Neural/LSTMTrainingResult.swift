/// What a ``LSTMTrainingJob`` made of the network.
public struct LSTMTrainingResult: Sendable {
    /// How many events the stream had learned when the job was cut.
    public let cut: Int
    /// The mean loss of the windows trained on, each before its update.
    public let loss: Float
    let network: LSTMNetwork
    let optimizer: AdamOptimizer
}
