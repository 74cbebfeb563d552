/// The parameters of a manager: its seed and its limits.
public struct ManagerConfiguration: Sendable {
    /// The seed of every hash and sample; the same seed and inputs give the same outputs.
    public var seed: UInt64
    /// The named limits.
    public var limits: Limits

    /// Creates a configuration.
    public init(seed: UInt64 = 1, limits: Limits = Limits()) {
        self.seed = seed
        self.limits = limits
    }
}
