/// What a simulation found wrong, with all it takes to see it again.
public struct SimulationFailure: Error, Sendable, CustomStringConvertible {
    /// The seed: `Simulator.run(seed:)` repeats the simulation exactly.
    public var seed: UInt64
    /// The number of the step that went wrong.
    public var step: Int
    /// The rule that was broken.
    public var message: String
    /// What happened last, oldest first.
    public var lastActions: [String]

    /// The failure in full.
    public var description: String {
        "seed \(seed), step \(step): \(message)\n" + lastActions.map { "    " + $0 }.joined(separator: "\n")
    }
}
