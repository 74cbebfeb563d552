/// One entry of the array under a field of an event pattern.
enum PatternMatcher {
    /// What a text is tested for.
    enum TextTest {
        case prefix(String)
        case suffix(String)
        /// A regular expression for all of the text: wildcards, and what ignores case.
        case expression(String)
    }

    /// This text, number, boolean or null.
    case value(Value)
    /// Text that passes the test.
    case text(TextTest)
    /// Numbers within all of these bounds: one, or a lower and an upper.
    case numeric([(comparison: Comparison, bound: Value)])
    /// Whether the field is there.
    case exists(Bool)
    /// Any scalar but these.
    case anythingBut([Value])
    /// Any scalar but text that passes one of these tests.
    case anythingButText([TextTest])
}
