/// The named limits of a filter, checked when it is compiled and never discovered while events flow.
///
///     try Filter(source, limits: FilterLimits(depth: 128))
public struct FilterLimits: Hashable, Sendable {
    /// The longest source, in bytes of UTF-8; at most ``largestSource``.
    public var sourceBytes: Int { didSet { sourceBytes = min(sourceBytes, FilterLimits.largestSource) } }
    /// The deepest nesting of parentheses, brackets, calls and operators, at most ``largestDepth``. A chain of `&&` or
    /// `||` counts as one level.
    public var depth: Int { didSet { depth = min(depth, FilterLimits.largestDepth) } }
    /// The deepest nesting of `all`, `exists`, `exists_one`, `map`, `filter` and their like: each level multiplies cost.
    public var macroNesting: Int
    /// The longest pattern of `matches`, in bytes.
    public var patternBytes: Int
    /// The most states of a pattern's automaton; `(a{100}){100}` has 10,000.
    public var patternStates: Int
    /// The highest ``Filter/estimatedCost``, in tests of a field against a constant: a few nanoseconds each.
    public var cost: Int

    /// What no source may exceed, so that the numbers in instructions suffice.
    public static let largestSource = 64 * 1024
    /// What no nesting may exceed, so that the stack suffices.
    public static let largestDepth = 256

    /// Creates limits; every one has a default.
    public init(
        sourceBytes: Int = 16 * 1024, depth: Int = 64, macroNesting: Int = 4, patternBytes: Int = 1024,
        patternStates: Int = 4_000, cost: Int = 2_000_000
    ) {
        self.sourceBytes = min(sourceBytes, FilterLimits.largestSource)
        self.depth = min(depth, FilterLimits.largestDepth)
        self.macroNesting = macroNesting
        self.patternBytes = patternBytes
        self.patternStates = patternStates
        self.cost = cost
    }
}
