#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS

/// What a node knows of the cluster, as it is shown.
struct ClusterStatus {
    private let services: ClusterServices
    private let owners: OwnerDesk

    init(_ services: ClusterServices, _ owners: OwnerDesk) {
        self.services = services
        self.owners = owners
    }

    /// `GET /v1/cluster`.
    var document: JSONValue {
        let streams = services.catalogue.streams.values.sorted { $0.name < $1.name }
        let now = ServerClock().monotonic
        return services.agent.withNode { node in
            var members: [JSONValue] = []
            for name in node.members {
                if name == services.settings.node {
                    members.append(own(node, now))
                } else if let (id, record) = node.session(of: name) {
                    members.append(
                        JSONValue(members: [
                            ("name", .string(name)), ("session", .string(id.description)),
                            ("phase", .string(record.phase.rawValue)), ("address", .string(record.address)),
                        ]))
                } else {
                    members.append(JSONValue(members: [("name", .string(name)), ("phase", .string("ended"))]))
                }
            }
            return JSONValue(members: [
                ("node", .string(services.settings.node)), ("nodes", .array(members)),
                ("streams", .array(streams.map { document($0, node.table(of: $0.name)) })),
                ("owned", .array(owned)),
                ("nats", nats),
            ])
        }
    }

    private func own(_ node: borrowing ClusterNode, _ now: Int64) -> JSONValue {
        JSONValue(members: [
            ("name", .string(services.settings.node)), ("session", node.lease.id.map { .string($0.description) }),
            ("phase", .string(node.lease.isLeaving ? "leaving" : node.lease.id == nil ? "joining" : "live")),
            ("isValid", .bool(node.lease.isValid(now: now))),
            ("validForMilliseconds", node.lease.validUntil.map { .number(Int(max(0, $0 - now) / 1_000)) }),
            (
                "problem",
                node.lease.isTaken ? .string("another process uses this name, or did until a moment ago") : nil
            ),
        ])
    }

    private func document(_ stream: ClusterStream, _ table: AssignmentTable?) -> JSONValue {
        JSONValue(members: [
            ("name", .string(stream.name)), ("partitions", .number(Int(stream.partitions))),
            (
                "owners",
                table.map { table in
                    .array(
                        table.claims.enumerated().map { number, claim in
                            JSONValue(members: [
                                ("partition", .number(number)), ("owner", claim.owner.map { .string($0.node) }),
                                ("session", claim.owner.map { .string($0.description) }),
                                ("epoch", .number(Int(claim.epoch))),
                            ])
                        })
                }
            ),
        ])
    }

    private var owned: [JSONValue] {
        owners.status.map { partition, epoch, status in
            JSONValue(members: [
                ("stream", .string(partition.stream)), ("partition", .number(Int(partition.number))),
                ("epoch", .number(Int(epoch))), ("phase", .string(status.phase.rawValue)),
                (
                    "position",
                    status.sequence > 0
                        ? .string(ClusterNames.position(partition.number, sequence: status.sequence).description) : nil
                ),
                ("lag", .number(Int(clamping: status.lag))), ("events", .number(status.events)),
                ("forwarded", .number(status.forwarded)), ("replayed", .number(status.replayed)),
                (
                    "recoveryMilliseconds",
                    status.recoveryMicroseconds >= 0 ? .number(Int(status.recoveryMicroseconds / 1_000)) : nil
                ),
                ("snapshot", status.snapshot > 0 ? .number(Int(status.snapshot)) : nil),
                ("refused", .number(status.refused)), ("missed", .number(Int(clamping: status.missed))),
                ("problem", status.problem.map(JSONValue.string)),
            ])
        }
    }

    private var nats: JSONValue {
        let state = services.jetStream.connection.state
        return JSONValue(members: [
            ("state", .string(state.phase.rawValue)), ("server", state.server.map(JSONValue.string)),
            ("reconnects", .number(state.reconnects)),
            ("lastError", state.lastError.map { .string($0.message) }),
        ])
    }

    /// `GET /v1/status`.
    func node(readers: Int) -> JSONValue {
        JSONValue(members: [
            ("version", .string(ServerVersion.current)), ("mode", .string("cluster")),
            ("node", .string(services.settings.node)), ("readers", .number(readers)),
            ("ownedPartitions", .number(owned.count)),
            ("streams", .number(services.catalogue.streams.count)),
            ("tailRequests", .number(services.catalogue.requestCount)), ("nats", nats),
        ])
    }
}
#endif
