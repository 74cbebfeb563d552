/// A value that a placeholder stands for, where it was found in the line.
struct LogValue {
    /// Where the placeholder begins: what stands before is literal.
    var maskStart: Int32
    /// The value's own text.
    var start: Int32
    var end: Int32
    /// Where literal text goes on. Between `end` and here stands the unit, if there is one.
    var maskEnd: Int32
    /// Whether the text is a number that is worth being one: of at most 15 digits, without zeros in front.
    var isNumber: Bool
    /// The unit behind it, where it is one that scales.
    var unit: LogUnit
}
