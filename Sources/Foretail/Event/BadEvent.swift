public import FieldExtraction

/// A text that could not be read as an event: where it stood and what is wrong with it.
public struct BadEvent: Sendable {
    /// The number of its line in the source, from 1; 0 where there are no lines.
    public var line: Int
    /// Its position.
    public var position: Position
    /// What is wrong, at which column, and the remedy.
    public var result: ScanResult

    /// A sentence for people: `line 7: …`, or `position 3:1-43: …` where there are no lines.
    public var message: String { line > 0 ? "line \(line): \(result)" : "position \(position): \(result)" }
}
