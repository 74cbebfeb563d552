/// An opaque name for a destination; what stands behind it is the shell's business.
public struct DestinationID: Hashable, Sendable {
    /// The shell's number for the destination.
    public var number: Int

    /// Creates an id.
    public init(_ number: Int) { self.number = number }
}
