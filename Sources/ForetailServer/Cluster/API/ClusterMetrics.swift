#if Server && NATS
import ForetailCluster
import Synchronization

/// Counters of a node, in Prometheus' text format.
final class ClusterMetrics: Sendable {
    private let accepted = Atomic(0)

    /// Counts events that were acknowledged.
    func note(accepted count: Int) { accepted.wrappingAdd(count, ordering: .relaxed) }

    /// The exposition.
    func text(_ services: ClusterServices, _ owners: OwnerDesk, readers: Int) -> String {
        let status = owners.status
        let isValid = services.agent.withNode { $0.lease.isValid(now: ServerClock().monotonic) }
        let figures: [(String, String, String, Int)] = [
            ("foretail_cluster_session_valid", "gauge", "Whether the node's session is valid.", isValid ? 1 : 0),
            ("foretail_cluster_partitions", "gauge", "Partitions this node owns.", status.count),
            (
                "foretail_cluster_lag_messages", "gauge", "Messages that wait for this node.",
                Int(status.reduce(0) { $0 + $1.2.lag })
            ),
            (
                "foretail_cluster_events_processed", "gauge", "Events that its present owners processed.",
                status.reduce(0) { $0 + $1.2.events }
            ),
            (
                "foretail_cluster_refused_writes", "gauge", "Writes refused because another owner had written.",
                status.reduce(0) { $0 + $1.2.refused }
            ),
            (
                "foretail_ingested_events_total", "counter", "Events acknowledged by this node.",
                accepted.load(ordering: .relaxed)
            ),
            ("foretail_readers", "gauge", "Readers connected.", readers),
        ]
        return figures.map { name, kind, help, value in
            "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n"
        }.joined()
    }
}
#endif
