/// An event pattern in the manner of Amazon EventBridge, parsed: what must hold of which fields of the event's body.
///
///     {"level": ["error"], "latency_ms": [{"numeric": [">", 100]}]}
///
/// # What matches
///
/// All members of an object must hold; of the array under a field, one entry suffices. Objects nest as the event does.
/// `{"$or": [{…}, {…}]}` holds if one of its objects does, at any level.
///
/// | entry | holds for |
/// |---|---|
/// | `"error"`, `500`, `true`, `null` | that value; numbers by value, so that `5` is `5.0`; text byte by byte |
/// | `{"prefix": "a"}`, `{"suffix": "a"}` | text that begins or ends so |
/// | `{"prefix": {"equals-ignore-case": "a"}}` and with `suffix` | the same, whatever the case of the letters A to Z |
/// | `{"equals-ignore-case": "a"}` | text that is equal but for the case of the letters A to Z |
/// | `{"wildcard": "a*z"}` | text, each `*` standing for any characters; `\*` is an asterisk, `\\` a backslash |
/// | `{"numeric": [">", 0, "<=", 5]}` | numbers: one of `=` `<` `<=` `>` `>=`, or a lower bound and an upper one |
/// | `{"exists": true}`, `{"exists": false}` | a field that is there, or not; `null`, `{}` and `[]` are there |
/// | `{"anything-but": x}` | text, numbers, booleans and null other than `x`: a scalar, a list of scalars, or `prefix`, `suffix`, `equals-ignore-case` or `wildcard` with text or a list of texts |
///
/// A missing field holds for `{"exists": false}` only. A value of another type is no match and never a failure: a pattern
/// has the outcomes ``FilterOutcome/match`` and ``FilterOutcome/noMatch``. Objects in the event hold for `exists` only.
///
/// # Arrays in the event
///
/// An array matches if one of its elements does, `anything-but` included: `{"tags": [{"anything-but": "a"}]}` holds for
/// `["a", "b"]`. A pattern nested in a field that is an array of objects must hold whole for one element: of
/// `{"items": {"sku": ["x"], "price": [5]}}` both in the same item. An empty array is as if the fields below were missing.
/// Of the arrays on the way to a value, itself included, ``arrayLevels`` are walked; in more nothing matches, and arrays
/// directly in arrays are not walked.
///
/// # Left out of Amazon's rules
///
/// - `cidr` is refused; `numeric` knows no bound of 5,000,000,000 and no rounding to six digits.
/// - Case is ignored for the letters A to Z only.
/// - `exists` also takes fields that are objects and arrays, not leaves alone; an empty array is there (with Amazon not).
/// - `{"exists": false}` in a nested pattern is asked of each element of an array by itself, not of all together.
/// - Text and number differ: `"5"` is not `5`, as with Amazon, but `5` is `5.0` and `5e0`.
/// - `$or` takes one object too; no limit of combinations but the named ``FilterLimits``.
/// - A pattern reads the event's body; `meta` is for CEL.
///
/// Source: Amazon EventBridge user guide, "Comparison operators for use in event patterns".
struct EventPattern {
    /// What must hold of an object.
    indirect enum Condition {
        /// All of these.
        case all([Condition])
        /// One of these, of `$or`.
        case any([Condition])
        /// One of the matchers for the field.
        case field(String, [PatternMatcher])
        /// The condition for the object (or an element of the array) in the field.
        case nested(String, Condition)
    }

    /// How many arrays are walked on the way to a value: one of objects, and one of values in those.
    static let arrayLevels = 2
    /// The deepest nesting of a pattern, whatever ``FilterLimits/depth`` allows: each level takes four of the tree.
    static let largestDepth = 48
    /// The most nodes of the tree a pattern becomes.
    static let largestTree = 30_000

    /// What must hold of the event's body.
    var root: Condition
}
