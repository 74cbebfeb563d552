#if Server
import FieldExtraction
import Foretail
import HTTPTypes
import Hummingbird

/// Webhooks in the API: sent elsewhere, and in the metrics.
extension APIResponder {
    /// `PATCH /v1/tail-requests/{id}` with a destination.
    func redirect(_ id: TailRequestID, _ reader: inout ObjectReader) async throws -> Response {
        guard var members = try reader.object("destination") else {
            throw Problem.invalid("destination", "expected the webhook's new destination")
        }
        try reader.finish(knows: "destination; the filter is changed by itself")
        guard case .webhook(let destination) = try RequestDefinition.destination(&members) else {
            throw Problem.invalid(
                "destination.type", "only a webhook can be given another destination",
                remedy: "register a new tail request")
        }
        return Response(json: try await registry.redirect(id, to: destination).document)
    }

    /// Deliveries to webhooks, by tail request, and receivers, by host and port.
    func appendWebhooks(to text: inout Exposition) {
        if access.isWhole {
            let usage = registry.webhooks.deadLetterUsage
            text.single("foretail_dead_letters", "gauge", "Batches that no receiver took.", usage.count)
            text.single("foretail_dead_letter_bytes", "gauge", "Bytes of those batches.", usage.bytes)
        }
        let webhooks = registry.webhooks.statuses.filter { isOwn(number: $0.id.number) }.sorted { $0.id < $1.id }
            .compactMap { id, status in
                status.webhook.map { (labels: [("request", id.description)], figures: $0) }
            }
        guard !webhooks.isEmpty else { return }
        func add(_ name: String, _ type: String, _ help: String, _ value: (WebhookFigures) -> Int) {
            text.begin(name, type, help)
            for (labels, figures) in webhooks { text.add(name, labels, Double(value(figures))) }
        }
        add("foretail_webhook_batches_total", "counter", "Batches that a webhook took.") { $0.batches }
        add("foretail_webhook_dead_letters_total", "counter", "Batches that became dead letters.") { $0.buried }
        add("foretail_webhook_failures_in_a_row", "gauge", "Attempts that failed since one went well.") {
            $0.failuresInARow
        }
        add("foretail_webhook_stopped", "gauge", "Whether a webhook wants no more, or waits for room.") {
            $0.state == nil ? 0 : 1
        }
        add("foretail_webhook_perishables_sent_total", "counter", "Predictions and outcomes sent.") {
            $0.perishablesSent
        }
        add("foretail_webhook_perishables_dropped_total", "counter", "Predictions and outcomes not sent.") {
            $0.perishablesDropped
        }
        // Who else sends there is the business of others.
        guard access.isWhole else { return }
        let receivers = registry.webhooks.allReceivers.map { (labels: [("receiver", $0.name)], figures: $0.figures) }
        text.begin("foretail_receiver_attempts", "gauge", "Attempts under way to a receiver.")
        for (labels, figures) in receivers {
            text.add("foretail_receiver_attempts", labels, Double(figures.attempts))
        }
        text.begin("foretail_receiver_open", "gauge", "Whether a receiver is left alone because it failed.")
        for (labels, figures) in receivers {
            text.add("foretail_receiver_open", labels, figures.breaker == "closed" ? 0 : 1)
        }
    }
}

extension JSONValue {
    /// A tail request's document with the secret of its webhook, for the one answer that shows it.
    func showing(secret: WebhookSecret?) -> JSONValue {
        guard let secret, case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                guard member.key == "destination", case .object(var destination) = member.value else { return member }
                destination.append(Member(key: "secret", value: .string(secret.text)))
                return Member(key: member.key, value: .object(destination))
            })
    }
}
#endif
