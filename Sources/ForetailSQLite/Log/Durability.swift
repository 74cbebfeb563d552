/// When an append counts as durable, and what a failure may take with it.
public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// On the disk: nothing acknowledged is lost when the program, the system or the power fails.
    case fsync
    /// With the operating system: nothing acknowledged is lost when the program fails or is killed; when the system or the
    /// power fails, what was acknowledged since the last checkpoint of the log may be lost (the last seconds, as a rule).
    case os
}
