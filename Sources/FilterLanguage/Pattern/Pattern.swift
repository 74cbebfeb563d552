/// A regular expression of `matches`. Not built yet.
struct Pattern: Sendable {
    init(_ text: String, limits: FilterLimits) throws(FilterError) {
        throw FilterError(.unsupported, "matches() is not built yet; use contains()", column: 1)
    }
    static func parsed(_ text: String) -> Pattern? { nil }
    func matches(_ text: String) -> Bool { false }
    func matches(_ text: Characters) -> Bool { false }
}
