#if NATS
import FieldExtraction
import Forecasting
public import Foretail

/// Records to a subject that a JetStream stream takes in: one message each, acknowledged before the delivery returns.
///
///     var destination = JetStreamDestination(jetStream, subject: "alerts.metrics")
///
/// Messages have ids, so what is sent again after a lost acknowledgement is stored once. A connection or leader that is away is waited
/// for. It has a connection of its own, which is not made anew when it breaks but replaced: what the library had not sent yet would be
/// stored before records that were lost, and out of order.
public struct JetStreamDestination: Destination {
    private let settings: NATSSettings
    private var jetStream: JetStream?
    private let subject: String
    private let identity: String?
    private let patience: Int64
    private let writer = String(UInt64.random(in: .min ... .max), radix: 36)
    private var number: UInt64 = 0
    private var batch = PublishBatch()

    /// Creates a destination.
    ///
    /// - Parameters:
    ///   - jetStream: Says how NATS is reached.
    ///   - subject: Where records go.
    ///   - identity: Makes a record's id from this and the record's bytes, so that a delivery that is repeated after a restart is
    ///     stored once too, within the stream's duplicate window; for records that are never equal, such as those with positions.
    ///     nil: ids are this object's own.
    ///   - microseconds: How long a delivery may wait for a stream that is away.
    public init(
        _ jetStream: JetStream, subject: String, identity: String? = nil, patience microseconds: Int64 = 60_000_000
    ) {
        var settings = jetStream.connection.settings
        settings.reconnects = false
        self.settings = settings
        self.subject = subject
        self.identity = identity
        patience = microseconds
    }

    /// Publishes each line as a message.
    public mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        batch.removeAll()
        var start = 0
        while start < records.count {
            let end = records[start...].firstIndex(of: 0x0A) ?? records.count
            if end > start {
                let record = records[start..<end]
                number += 1
                let id = identity.map { MessageID($0, Checksum64.of(record)) } ?? MessageID(writer, number)
                batch.append(subject: subject, payload: record, id: id)
            }
            start = end + 1
        }
        let deadline = Monotonic.deadline(after: patience)
        var left = batch
        while left.count > 0 {
            let results = await publish(left)
            left = left.dropFirst(results.storedPrefix)
            guard left.count > 0 else { break }
            let failure = results.failure ?? NATSFailure(.timeout, "the stream takes nothing")
            // A subject that no stream ever took is a mistake; one whose stream has no leader at the moment is not.
            let isMistake = failure.kind == .noResponders && number == UInt64(batch.count)
            let passes = failure.isTransient || failure.kind == .closed
            guard passes, !isMistake, Monotonic.now() < deadline else {
                let remedy = isMistake ? "; create a stream that takes the subject" : ""
                throw ForetailError(.destination, "NATS subject '\(subject)': \(failure.message)\(remedy)")
            }
            await Monotonic.sleep(100_000)
        }
    }

    /// Publishes over the connection, or over another one where that has broken.
    private mutating func publish(_ batch: PublishBatch) async -> PublishResults {
        if let jetStream, jetStream.connection.state.phase != .connected {
            await jetStream.connection.close()
            self.jetStream = nil
        }
        do throws(NATSFailure) {
            let jetStream = try await connected()
            return await jetStream.publish(batch)
        } catch {
            var results = PublishResults(count: batch.count)
            results.interruption = error
            return results
        }
    }

    private mutating func connected() async throws(NATSFailure) -> JetStream {
        if let jetStream { return jetStream }
        let made = JetStream(try await NATSConnection.open(settings))
        jetStream = made
        return made
    }
}
#endif
