#if Server
import Foretail
import ForetailSQLite
import HTTPTypes
import Synchronization

/// Webhooks of tail requests: begun, and sent elsewhere.
extension Registry {
    /// Begins to deliver to a webhook, if that is where the request's records go.
    func startWebhook(_ request: RegisteredRequest) {
        guard let destination = request.webhook, deliveries[request.id] == nil else { return }
        deliveries[request.id] = Task { [self] in
            let delivery = await webhooks.begin(request, destination) { [self] (start) throws(Problem) in
                try await subscribe(request, from: start)
            }
            await delivery.run()
        }
    }

    /// Gives a tail request's webhook another destination, from the batch on its way on; one that was stopped goes on.
    nonisolated func redirect(
        _ id: TailRequestID, to destination: WebhookDestination
    ) async throws(Problem) -> RegisteredRequest {
        try await afterUpdates { [self] () throws(Problem) in try await move(id, to: destination) }
    }

    private func move(_ id: TailRequestID, to destination: WebhookDestination) async throws(Problem)
        -> RegisteredRequest
    {
        guard let before = request(id) else { throw .unknownRequest(id.description) }
        guard before.webhook != nil else {
            throw Problem(
                .conflict, "destination", "\(id) is not delivered to a webhook", field: "destination",
                remedy: "register a new tail request")
        }
        var changed = before
        changed.definition.destination = .webhook(destination)
        let secret = changed.definition.takeSecret()
        let text = changed.definition.text
        try await webhooks.register(id, secret: secret)
        try await store { [catalogue] () throws(CatalogueFailure) in
            _ = try catalogue.updateRequest(id.number, definition: text)
        }
        await endDelivery(id)
        let meant = changed.definition.destination
        // Removed meanwhile: it does not come back.
        let now = requests.withLock { requests -> RegisteredRequest? in
            requests[id]?.definition.destination = meant
            return requests[id]
        }
        guard let now else {
            await webhooks.forget(id)
            throw .unknownRequest(id.description)
        }
        if !isEnding { startDelivery(now) }
        return now
    }
}

extension RequestDefinition {
    /// Whether records go to a webhook.
    var isWebhook: Bool { if case .webhook = destination { true } else { false } }

    /// The secret that was given with the definition, which is not kept with it.
    mutating func takeSecret() -> WebhookSecret? {
        guard case .webhook(var webhook) = destination else { return nil }
        defer {
            webhook.secret = nil
            destination = .webhook(webhook)
        }
        return webhook.secret
    }

    /// Gives the webhook a secret where none was given.
    ///
    /// - Returns: The secret, to be shown once; nil: there was one, or there is no webhook.
    mutating func issueSecret() -> WebhookSecret? {
        guard case .webhook(var webhook) = destination, webhook.secret == nil else { return nil }
        let secret = WebhookSecret.random()
        webhook.secret = secret
        destination = .webhook(webhook)
        return secret
    }
}
#endif
