/// The bounds of one event; what lies beyond is refused with a result that names the bound.
///
///     ScanLimits(line: 4 << 20)   // events up to 4 MiB, the other bounds as they are
public struct ScanLimits: Equatable, Sendable {
    /// The deepest nesting of objects and arrays; 1 allows a flat object.
    public var depth: Int
    /// The most members of objects in one event, all levels together; the most columns of a CSV row.
    public var fields: Int
    /// The most bytes of one event.
    public var line: Int

    /// Creates limits.
    public init(depth: Int = 64, fields: Int = 1024, line: Int = 1 << 20) {
        self.depth = depth
        self.fields = fields
        self.line = line
    }
}
