#if Server && NATS
import FieldExtraction
import Foretail

/// A tail request of the cluster, as it stands in the bucket.
struct ClusterRequest: Sendable {
    var id: TailRequestID
    /// Grows with each change.
    var change: Int
    var definition: RequestDefinition
    /// Behind which position of each partition it is in force as it is; not all of them while it is pending.
    var applied: [UInt32: Position] = [:]
    /// Whether every partition has the change.
    var isActive = false
    /// Whether it is being removed: its partitions forget it, and then the bucket does.
    var isRemoving = false
    /// How often its webhook was given another destination or secret.
    var redirects = 0
    /// The revision of its document.
    var revision: UInt64 = 0

    init(id: TailRequestID, change: Int, definition: RequestDefinition) {
        self.id = id
        self.change = change
        self.definition = definition
    }

    /// Reads a document of the bucket; nil for what is none.
    init?(_ bytes: [UInt8], id: TailRequestID, revision: UInt64) {
        guard let value = try? JSONValue(parsing: bytes), let change = value["change"]?.wholeNumber,
            let document = value["definition"], let definition = try? RequestDefinition(document)
        else { return nil }
        self.id = id
        self.change = change
        self.definition = definition
        self.revision = revision
        isActive = value["state"]?.string == "active"
        isRemoving = value["state"]?.string == "removing"
        redirects = value["redirects"]?.wholeNumber ?? 0
        if case .object(let members)? = value["applied"] {
            for member in members {
                if let partition = UInt32(member.key), let position = member.value.string.flatMap({ Position($0) }) {
                    applied[partition] = position
                }
            }
        }
    }

    /// As the bucket keeps it.
    var stored: [UInt8] {
        JSONValue(members: [
            ("id", .string(id.description)), ("change", .number(change)),
            ("state", .string(state)),
            ("definition", JSONValue(members: definition.document)),
            ("applied", appliedDocument), ("redirects", redirects > 0 ? .number(redirects) : nil),
        ]).bytes
    }

    /// As the API shows it.
    var document: JSONValue {
        JSONValue(
            members: [("id", .string(id.description))] + definition.document + [
                ("state", .string(state)), ("change", .number(change)),
                ("applied", appliedDocument),
            ])
    }

    private var state: String { isRemoving ? "removing" : isActive ? "active" : "pending" }

    private var appliedDocument: JSONValue {
        JSONValue(
            members: applied.sorted { $0.key < $1.key }.map { (String($0.key), .string($0.value.description)) })
    }

    /// What is written into every partition.
    var control: [UInt8] {
        JSONValue.array([
            .string("request"), .string(id.description), .number(change), JSONValue(members: definition.document),
        ]).bytes
    }

    /// What is written into every partition when it is removed.
    var removal: [UInt8] {
        JSONValue.array([.string("remove"), .string(id.description), .number(change)]).bytes
    }

    /// Refuses what a cluster does not do.
    static func check(_ definition: RequestDefinition) throws(Problem) {
        switch definition.destination {
        case .sse: break
        case .file:
            throw .clusterLacks(
                "destination.type", "files are not there in cluster mode: whose would they be?",
                remedy: "use sse or webhook, or a server without --cluster")
        case .webhook(let webhook): try check(webhook)
        }
        if !definition.lookups.isEmpty {
            throw .clusterLacks(
                "lookups", "lookups are not there in cluster mode",
                remedy: "join at the reader, or at a server without --cluster")
        }
        if definition.prediction?.watch != nil {
            throw .clusterLacks(
                "watch", "watches are not there in cluster mode",
                remedy: "leave watch out, or use a server without --cluster")
        }
        if definition.rateLimit != nil {
            throw .clusterLacks(
                "rateLimit", "rates of readers and receivers are not limited in cluster mode",
                remedy: "leave rateLimit out")
        }
    }

    /// Refuses what a cluster does not send.
    static func check(_ webhook: WebhookDestination) throws(Problem) {
        guard webhook.deliver == [.events] else {
            throw .clusterLacks(
                "destination.deliver", "in cluster mode webhooks get events alone",
                remedy: #"leave deliver out, and read predictions from /v1/tail-requests/{id}/events?ahead=true"#)
        }
    }
}
#endif
