/// The extraction plan of a stream: the paths that filters and models read, each with the number of its slot.
///
/// The decoder walks an event's bytes once and fills one ``FieldSlot`` per path. A plan only ever grows: a path keeps its
/// number, so programs bound to an earlier plan stay valid on rows of a later one.
public struct FieldPlan: Sendable {
    /// The paths by slot number.
    public private(set) var paths: [FieldPath] = []
    private var numbers: [FieldPath: Int] = [:]

    /// Creates an empty plan.
    public init() {}

    /// Creates a plan of the given paths, in order, duplicates dropped.
    public init(_ paths: [FieldPath]) {
        for path in paths { add(path) }
    }

    /// The number of slots in a row.
    public var count: Int { paths.count }

    /// The slot number of `path`, or nil if the plan does not read it.
    public func slot(of path: FieldPath) -> Int? { numbers[path] }

    /// Adds `path` if it is new and returns its slot number.
    @discardableResult
    public mutating func add(_ path: FieldPath) -> Int {
        if let number = numbers[path] { return number }
        numbers[path] = paths.count
        paths.append(path)
        return paths.count - 1
    }
}
