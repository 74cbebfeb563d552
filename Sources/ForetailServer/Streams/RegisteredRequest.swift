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
    /// Grows with each change of the filters: who reads the log begins anew with those of now.
    var revision = 0
    /// Its stream.
    var host: StreamHost
    /// The tenant whose it is; nil: nobody's.
    var owner: String?

    /// Where its records go, for the core.
    var destination: DestinationID { DestinationID(Int(id.number)) }

    /// Whether its events are joined with what their keys did before.
    var looksBack: Bool { definition.lookups.contains(where: \.isHistory) }

    /// The number of the first tail that ends with its connection: the catalogue does not reach that far.
    static let firstTemporary: UInt32 = 0x8000_0000

    /// Whether it ends with its connection.
    var isTemporary: Bool { id.number >= Self.firstTemporary }

    /// The file that its records go to, if they do.
    var filePath: String? {
        if case .file(let path) = definition.destination { path } else { nil }
    }

    /// The webhook that its records go to, if they do.
    var webhook: WebhookDestination? {
        if case .webhook(let webhook) = definition.destination { webhook } else { nil }
    }

    /// The filters that may have to judge an event behind a position, and the first, which says where it was registered.
    func versions(behind position: Position) -> [Replay.Version] {
        // A filter judges events up to where the next one is in force.
        let past = versions.dropFirst().prefix { $0.after < position }.count
        return past < 2 ? versions : Array(versions.prefix(1) + versions.dropFirst(past))
    }

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
