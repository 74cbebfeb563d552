public import Foretail

/// A destination that keeps what it was given, and can refuse.
///
///     var destination = RecordingDestination(failingAt: 3)   // the third delivery fails, for good
public struct RecordingDestination: Destination {
    /// One delivery that succeeded.
    public struct Delivery: Sendable, Hashable {
        /// Whom it was for.
        public var destination: DestinationID
        /// The records, in bytes.
        public var records: [UInt8]

        /// The records as text, line by line.
        public var lines: [String] {
            String(decoding: records, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// What was delivered, in order.
    public private(set) var deliveries: [Delivery] = []
    /// The deliveries tried, including those refused.
    public private(set) var attempts = 0
    private let failingAt: Int?
    private let refused: Set<DestinationID>

    /// Creates a destination.
    ///
    /// - Parameters:
    ///   - failingAt: The number of the delivery, from 1, from which on every one fails; nil: none.
    ///   - refused: Destinations whose deliveries always fail.
    public init(failingAt: Int? = nil, refusing refused: Set<DestinationID> = []) {
        self.failingAt = failingAt
        self.refused = refused
    }

    /// Keeps the records, or fails as it was told to.
    public mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        attempts += 1
        if let failingAt, attempts >= failingAt {
            throw ForetailError(.destination, "destination \(id.number): delivery \(attempts) fails as scripted")
        }
        guard !refused.contains(id) else {
            throw ForetailError(.destination, "destination \(id.number): refuses as scripted")
        }
        deliveries.append(Delivery(destination: id, records: copy records))
    }

    /// All records delivered to a destination, line by line; nil: to any.
    public func lines(for id: DestinationID? = nil) -> [String] {
        deliveries.flatMap { id == nil || $0.destination == id ? $0.lines : [] }
    }
}
