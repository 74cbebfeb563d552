public import Foretail

/// A change of a tail request's filter.
public struct StoredFilterChange: Hashable, Sendable {
    /// The last event that the filter before it judged.
    public var position: Position
    /// The filter from there on, as text that the catalogue does not read.
    public var filter: String

    /// Creates a change.
    public init(position: Position, filter: String) {
        self.position = position
        self.filter = filter
    }
}
