/// A comprehension: what the macros `all`, `exists`, `exists_one`, `map`, `filter` and their two-variable forms become.
struct Macro {
    /// Which macro.
    enum Kind: UInt8 {
        case all, exists, existsOne, map, filter, transformList, transformMap, transformMapEntry
    }

    var kind: Kind
    var range: SyntaxTree.Reference
    /// One variable (element or key), or two (index and element, key and value).
    var variables: [String]
    /// The condition: of `all`, `exists`, `exists_one` and `filter` always, of the others where given.
    var condition: SyntaxTree.Reference?
    /// What is collected by `map` and the `transform` macros.
    var result: SyntaxTree.Reference?
}
