public import FilterLanguage

/// A filter as it is written, in one of the two dialects; a string literal is CEL.
///
///     let text: FilterText = "event.level == 'error'"
///     let same = FilterText.pattern(#"{"level":["error"]}"#)
public struct FilterText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text.
    public var source: String
    /// Its language.
    public var dialect: Filter.Dialect

    /// Creates a text in a dialect.
    public init(_ source: String, dialect: Filter.Dialect = .cel) {
        self.source = source
        self.dialect = dialect
    }

    /// A CEL expression.
    public init(stringLiteral source: String) { self.init(source) }

    /// A CEL expression.
    public static func cel(_ source: String) -> FilterText { FilterText(source) }

    /// An event pattern.
    public static func pattern(_ source: String) -> FilterText { FilterText(source, dialect: .pattern) }

    /// The text.
    public var description: String { source }
}
