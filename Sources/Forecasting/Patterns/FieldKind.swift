/// What kind of values a field of a series has.
///
/// | kind | when |
/// |---|---|
/// | `constant` | every value is the same, and there are at least two |
/// | `count` | nine of ten values are numbers, all of them whole and none negative |
/// | `numeric` | nine of ten values are numbers |
/// | `categorical` | texts or booleans, at most half as many different ones as values, and at most 1,024 |
/// | `text` | texts beyond that, half of which or more have a blank in them |
/// | `opaque` | other texts (identifiers), objects, arrays, mixtures |
/// | `unseen` | there is no value |
public enum FieldKind: String, Sendable, Hashable {
    /// No value.
    case unseen
    /// Always the same.
    case constant
    /// Numbers.
    case numeric
    /// Whole numbers from 0 on.
    case count
    /// Few different texts.
    case categorical
    /// Sentences.
    case text
    /// Identifiers, objects, arrays, mixtures.
    case opaque
}
