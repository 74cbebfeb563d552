public import FieldExtraction

/// A text that could not be read as an event: where it stood and what is wrong with it.
public struct BadEvent: Sendable {
    /// The number of its line in the source, from 1.
    public var line: Int
    /// Its position.
    public var position: Position
    /// What is wrong, at which column, and the remedy.
    public var result: ScanResult

    /// A sentence for people: `line 7, column 12: …`.
    public var message: String { "line \(line): \(result)" }
}
