#if Server && NATS
import Foretail
import ForetailNATS

/// Predictions and outcomes on their way to whoever listens at this moment. Nobody waits for them, and nothing is kept.
///
/// A message holds lines: the record's kind (`p` or `o`), the instant until which it may be delivered, a space, the record.
struct AheadSender {
    /// What a line holds.
    enum Kind: UInt8 {
        case prediction = 0x70
        case outcome = 0x6F
    }

    /// Bytes for one request that wait at most; what comes beyond is dropped, as perishable things may be.
    private static let requestBytes = 512 << 10
    private var drafts: [Int: [UInt8]] = [:]

    /// Adds a record.
    mutating func add(to destination: DestinationID, kind: Kind, expires: Int64, _ render: (inout [UInt8]) -> Void) {
        guard drafts[destination.number]?.count ?? 0 < Self.requestBytes else { return }
        drafts[destination.number, default: []].append(kind.rawValue)
        drafts[destination.number]?.append(contentsOf: String(expires).utf8)
        drafts[destination.number]?.append(0x20)
        render(&drafts[destination.number, default: []])
    }

    /// Sends what was added; what cannot be sent is gone.
    mutating func flush(_ connection: NATSConnection) async {
        guard !drafts.isEmpty else { return }
        for (number, bytes) in drafts where connection.state.phase == .connected {
            try? await connection.send(ClusterNames.ahead(TailRequestID(UInt32(number))), bytes)
        }
        drafts.removeAll(keepingCapacity: true)
    }
}
#endif
