#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import Hummingbird
import NIOCore

/// How the node is: for people, for Prometheus.
extension ClusterResponder {
    /// `GET /v1/status`.
    func status(_ request: Request) throws -> Response {
        try QueryReader(request).finish(knows: "")
        let limits = services.configuration.limits
        return Response(
            json: ClusterStatus(services, owners).node(readers: readers.value).adding([
                (
                    "limits",
                    JSONValue(members: [
                        ("subscribers", JSONValue.limit(limits.subscribers, used: readers.value)),
                        ("bodyBytes", JSONValue.limit(limits.bodyBytes, used: nil)),
                        ("bodyEvents", JSONValue.limit(limits.bodyEvents, used: nil)),
                        ("linesBodyBytes", JSONValue.limit(limits.linesBodyBytes, used: nil)),
                        ("controlBytes", JSONValue.limit(limits.controlBytes, used: nil)),
                        ("pageEntries", JSONValue.limit(limits.pageEntries, used: nil)),
                        ("lineBytes", JSONValue.limit(ClusterIntake.eventBytes, used: nil)),
                    ]).adding(edge.limits)
                )
            ]))
    }

    /// `GET /metrics`.
    func exposition() -> Response {
        let status = owners.status
        let isValid = services.agent.withNode { $0.lease.isValid(now: ServerClock().monotonic) }
        var text = Exposition()
        edge.metrics.append(to: &text)
        text.single("foretail_readers", "gauge", "Readers connected.", readers.value)
        text.single("foretail_cluster_session_valid", "gauge", "Whether the node's session is valid.", isValid ? 1 : 0)
        text.single("foretail_cluster_partitions", "gauge", "Partitions this node owns.", status.count)
        text.single(
            "foretail_cluster_lag_messages", "gauge", "Messages that wait for this node.",
            status.reduce(0) { $0 &+ Int(clamping: $1.2.lag) })
        text.single(
            "foretail_cluster_events_processed", "gauge", "Events that its present owners processed.",
            status.reduce(0) { $0 + $1.2.events })
        text.single(
            "foretail_cluster_refused_writes", "gauge", "Writes refused because another owner had written.",
            status.reduce(0) { $0 + $1.2.refused })
        appendWebhooks(to: &text)
        edge.append(to: &text)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    /// Deliveries to webhooks by this node, by tail request.
    private func appendWebhooks(to text: inout Exposition) {
        let statuses = services.webhooks.statuses.compactMap { id, status in status.webhook.map { (id, $0) } }
        guard !statuses.isEmpty else { return }
        let figures: [(String, String, String, (WebhookFigures) -> Int)] = [
            ("foretail_webhook_batches_total", "counter", "Batches that a webhook took.", { $0.batches }),
            ("foretail_webhook_dead_letters_total", "counter", "Batches that became dead letters.", { $0.buried }),
            (
                "foretail_webhook_failures_in_a_row", "gauge", "Attempts that failed since one went well.",
                { $0.failuresInARow }
            ),
            (
                "foretail_webhook_stopped", "gauge", "Whether a webhook wants no more, or waits for room.",
                { $0.state == nil ? 0 : 1 }
            ),
        ]
        for (name, type, help, value) in figures {
            text.begin(name, type, help)
            for (id, webhook) in statuses { text.add(name, [("request", "\(id)")], Double(value(webhook))) }
        }
    }
}
#endif
