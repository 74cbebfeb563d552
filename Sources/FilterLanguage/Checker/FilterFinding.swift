public import FieldExtraction

/// What a schema says against a filter: that it can never match, or that a branch of it never holds.
///
///     try Filter("event.cpu > '90'").findings(for: EventSchema("cpu:number"))
///     // filter, column 11: event.cpu is a number, so it is never greater than a text; write 90 without quotes
public struct FilterFinding: Hashable, Sendable, CustomStringConvertible {
    /// How much it matters.
    public enum Severity: Hashable, Sendable {
        /// No event of the schema matches the filter.
        case neverMatches
        /// One alternative of the filter never holds; others may.
        case partNeverHolds
    }

    /// How much it matters.
    public var severity: Severity
    /// The field, what it holds, and what to do, in one sentence without a full stop.
    public var message: String
    /// The line of the offending comparison in the source, from 1.
    public var line: Int
    /// Its column in that line, from 1, in Unicode scalars; 1 in an event pattern.
    public var column: Int
    /// The field at fault, where it is one.
    public var field: FieldPath?
    /// Whether the filter is an event pattern, in which fields take the place of columns.
    let isOfPattern: Bool

    /// The finding as an error of code ``FilterError/Code/neverMatches``.
    public var error: FilterError {
        var error = FilterError(.neverMatches, message, line: line, column: column)
        if isOfPattern { error.field = field?.name ?? "" }
        return error
    }

    /// The sentence a person sees: `filter, column 11: event.cpu is a number, …`.
    public var description: String { error.description }
}

extension Filter {
    /// Compiles a filter and refuses one that no event of `schema` can match, with the column and the remedy.
    ///
    /// Throws what ``init(_:limits:)`` throws, and an error of code ``FilterError/Code/neverMatches``. For a declared schema;
    /// of an inferred one ``findings(for:)`` are better shown as warnings.
    public init(_ source: String, limits: FilterLimits = .init(), schema: EventSchema) throws(FilterError) {
        self = try Filter(source, limits: limits).checked(for: schema)
    }

    /// Compiles an event pattern and refuses one that no event of `schema` can match, with the field and the remedy.
    ///
    /// Throws what ``init(pattern:limits:)`` throws, and an error of code ``FilterError/Code/neverMatches``.
    public init(pattern: String, limits: FilterLimits = .init(), schema: EventSchema) throws(FilterError) {
        self = try Filter(pattern: pattern, limits: limits).checked(for: schema)
    }

    /// The filter itself, or an error of code ``FilterError/Code/neverMatches`` if no event of `schema` can match it.
    public func checked(for schema: EventSchema) throws(FilterError) -> Filter {
        for finding in findings(for: schema) where finding.severity == .neverMatches { throw finding.error }
        return self
    }

    /// What the schema says against the filter: nothing; or that it never matches, in one finding; or the branches of
    /// `||`, of `$or` and of a pattern's lists that never hold, in the order of the source.
    ///
    /// A filter that some conforming event matches is never said to match none; the reverse is not promised, since what the
    /// checker does not follow (the elements of arrays, what functions give) may be anything. Cost: linear in the source,
    /// which is read again; no part of any event's way.
    public func findings(for schema: EventSchema) -> [FilterFinding] {
        do throws(FilterError) {
            if dialect == .pattern { return try PatternChecker.findings(source, schema: schema) }
            var checker = try TypeChecker(source, schema: schema)
            return checker.findings()
        } catch {
            preconditionFailure("the source of a filter compiled before and must compile again: \(error)")
        }
    }
}
