/// How actions become bytes: NDJSON, the producer's own lines, or something for eyes.
public protocol RecordRenderer {
    /// Appends the records of one action.
    ///
    /// - Parameters:
    ///   - action: What to render; actions that are no record append nothing.
    ///   - actions: The container it stands in, which holds the events' bytes.
    ///   - names: The names behind the numbers.
    ///   - output: Gets whole records.
    mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8])
}
