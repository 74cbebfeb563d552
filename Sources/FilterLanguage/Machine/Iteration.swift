/// A macro at work: what it walks over and what it has found.
struct Iteration {
    /// The elements of a list, or the keys of a map.
    var elements: [Value]
    /// The values of a map, in the order of its keys; empty for a list.
    var values: [Value]
    var isMap: Bool
    var place = 0
    /// The truth so far, of `all` and `exists`.
    var truth: UInt32 = 0
    /// The number of elements found, of `exists_one`.
    var count = 0
    var collected: [Value] = []
    var collectedMap = ValueMap()
}
