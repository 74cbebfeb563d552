#if Server
import FieldExtraction
import Foretail

/// A tail request as the server holds it.
struct RegisteredRequest: Sendable {
    /// Its id.
    var id: TailRequestID
    /// What was asked for; the filter is the one in force.
    var definition: RequestDefinition
    /// When it was registered.
    var created: Timestamp
    /// The last position before it: where a reading from its beginning begins. Nil: the stream was empty.
    var registeredAt: Position?
    /// Its filters, oldest first, and the positions after which they are in force; the first is in force from the beginning.
    var versions: [Replay.Version]
    /// Its stream.
    var host: StreamHost

    /// Where its records go, for the core.
    var destination: DestinationID { DestinationID(Int(id.number)) }

    /// The request as it is shown.
    var document: JSONValue { document(delivery: nil) }

    /// The request as it is shown, with how its delivery goes.
    func document(delivery: DeliveryStatus?) -> JSONValue {
        JSONValue(
            members: [("id", .string(id.description))] + definition.document + [
                ("created", .string(created.description)),
                ("registeredAt", registeredAt.map { .string($0.description) }),
                ("delivery", delivery?.document),
            ])
    }
}

extension TailRequestID {
    /// Reads `tr_7`; nil for anything else.
    init?(text: some StringProtocol) {
        guard text.hasPrefix("tr_"), let number = UInt32(text.dropFirst(3)), text == "tr_\(number)" else { return nil }
        self.init(number)
    }
}
#endif
