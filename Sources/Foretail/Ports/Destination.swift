/// Where records go: the last port of a pipeline.
///
/// At least once: returning means the destination has the records; after an error they are delivered again when the
/// request resumes. Called by one task at a time, in the order of the records.
public protocol Destination {
    /// Delivers rendered records of one request's destination.
    ///
    /// - Parameters:
    ///   - records: The bytes of whole records.
    ///   - id: Which destination they are for.
    /// - Throws: ``ForetailError`` (`destination`) naming the destination and the remedy.
    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError)
}
