#if Server && NATS
import HTTPTypes
import FieldExtraction
import Foretail

/// A stream of the cluster, as it stands in the bucket.
struct ClusterStream: Sendable {
    var name: String
    var partitions: UInt32
    var definition: StreamDefinition
    /// The revision of its document.
    var revision: UInt64 = 0

    /// The document as it is stored and shown.
    var document: JSONValue {
        guard case .object(let members) = definition.document else { return .null }
        return JSONValue(
            members: [("name", .string(name)), ("partitions", .number(Int(partitions)))]
                + members.filter { $0.key != "durability" }.map { ($0.key, $0.value) })
    }

    init(name: String, partitions: UInt32, definition: StreamDefinition) {
        self.name = name
        self.partitions = partitions
        self.definition = definition
    }

    /// Reads what a user says of a stream, or what the bucket does.
    ///
    /// - Parameter defaultPartitions: Of a stream with a key that does not say how many.
    init(_ value: JSONValue, name: String, defaultPartitions: Int) throws(Problem) {
        guard case .object(let members) = value else { throw .invalid("body", "expected a JSON object") }
        self.name = name
        if members.contains(where: { $0.key == "durability" }) {
            throw .clusterLacks(
                "durability",
                "what a cluster acknowledges is stored by as many servers as it has replicas; "
                    + "their `sync_interval` says when it is on the disk", remedy: "leave durability out")
        }
        let rest = members.filter { $0.key != "partitions" && $0.key != "name" }
        definition = try StreamDefinition(.object(rest), defaults: StreamDefinition())
        if definition.count != nil {
            throw .clusterLacks(
                "count", "streams of counts are not there in cluster mode",
                remedy: "count at one server without --cluster")
        }
        guard let asked = value["partitions"] else {
            partitions = definition.key.isEmpty ? 1 : UInt32(defaultPartitions)
            return
        }
        guard let number = asked.wholeNumber, (1...ClusterNames.mostPartitions).contains(number) else {
            throw .invalid("partitions", "expected a number from 1 to \(ClusterNames.mostPartitions)")
        }
        guard number == 1 || !definition.key.isEmpty else {
            throw .invalid(
                "partitions", "a stream without a key has one partition: its order is one order",
                remedy: #"name the fields of its key, such as {"key":["host"],"partitions":16}"#)
        }
        partitions = UInt32(number)
    }
}

extension Problem {
    /// Cluster mode does not have this.
    static func clusterLacks(_ field: String?, _ detail: String, remedy: String) -> Problem {
        Problem(.notImplemented, "not-in-cluster", detail, field: field, remedy: remedy)
    }
}
#endif
