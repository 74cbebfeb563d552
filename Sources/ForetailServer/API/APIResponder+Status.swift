#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Hummingbird
import NIOCore

/// How the server is: for people, for probes, for Prometheus.
extension APIResponder {
    /// `GET /health/ready`.
    func ready(_ request: Request) throws -> Response {
        let failing = registry.streams.filter { $0.openLog?.bounds.failure != nil }
        guard registry.isReady else {
            throw Problem(.serviceUnavailable, "starting", "the server is taking up its tail requests")
        }
        guard failing.isEmpty else {
            throw Problem(
                .serviceUnavailable, "log-unavailable",
                "the logs of \(failing.count) streams take no events: "
                    + failing.filter(isVisible).map(\.name).joined(separator: ", "),
                remedy: "GET /v1/streams/NAME says why")
        }
        return Response(json: JSONValue(members: [("status", .string("ready"))]))
    }

    /// `GET /v1/status`.
    func status(_ request: Request) throws -> Response {
        try QueryReader(request).finish(knows: "")
        guard access.isWhole else { return Response(json: tenantStatus()) }
        let configuration = registry.configuration
        let parts = registry.shards.map(\.figures)
        let figures = ShardFigures(sumOf: parts)
        let shards = zip(registry.shards, parts).map { shard, part in
            part.document(number: shard.number, waitingBytes: shard.waitingBytes)
        }
        let limits = configuration.limits
        let manager = configuration.manager.limits
        return Response(
            json: JSONValue(members: [
                ("version", .string(ServerVersion.current)),
                ("started", .string(registry.started.description)),
                ("dataFolder", .string(configuration.dataFolder)),
                (
                    "limits",
                    JSONValue(members: [
                        ("streams", JSONValue.limit(manager.streams, used: registry.streams.count)),
                        ("tailRequests", JSONValue.limit(manager.requests, used: registry.takenRequests)),
                        ("subscribers", JSONValue.limit(limits.subscribers, used: readers.value)),
                        ("bufferBytes", JSONValue.limit(manager.bufferBytes, used: figures.bufferBytes)),
                        ("modelBytes", JSONValue.limit(manager.modelBytes, used: figures.modelBytes)),
                        (
                            "inboxBytes",
                            JSONValue.limit(limits.inboxBytes, used: registry.shards.map(\.waitingBytes).max() ?? 0)
                        ),
                        ("feedsBytes", JSONValue.limit(configuration.delivery.feedsBytes, used: figures.feedBytes)),
                        ("stagedBytes", JSONValue.limit(configuration.lookups.stagedBytes, used: figures.stagedBytes)),
                        (
                            "keyHistoryBytes",
                            JSONValue.limit(configuration.lookups.historyBytes, used: figures.keyHistoryBytes)
                        ),
                        (
                            "waitingRecords",
                            JSONValue.limit(configuration.lookups.waitingRecords, used: figures.waitingRecords)
                        ),
                        ("tokens", JSONValue.limit(limits.tokens, used: registry.tokens.all.count)),
                        ("tickets", JSONValue.limit(limits.tickets, used: nil)),
                        ("tenantThreads", JSONValue.limit(limits.tenantThreads, used: nil)),
                        ("tenantBufferBytes", JSONValue.limit(limits.tenantBufferBytes, used: nil)),
                        ("tenantModelBytes", JSONValue.limit(limits.tenantModelBytes, used: nil)),
                        ("countStreams", JSONValue.limit(limits.countStreams, used: registry.countedStreams.count)),
                        ("watchRecords", JSONValue.limit(limits.watchRecords, used: nil)),
                        (
                            "waitingWatches",
                            JSONValue.limit(limits.waitingWatches, used: registry.journal.waitingRecords)
                        ),
                        ("seriesPerStream", JSONValue.limit(manager.series, used: nil)),
                        (
                            "queuedBytes",
                            JSONValue.limit(limits.queuedBytes, used: registry.streams.map(\.queuedBytes).max() ?? 0)
                        ),
                        ("bodyQueuedBytes", JSONValue.limit(limits.bodyQueuedBytes, used: nil)),
                        (
                            "deadLetters",
                            JSONValue.limit(
                                configuration.webhooks.deadLetters, used: registry.webhooks.deadLetterUsage.count)
                        ),
                        (
                            "deadLetterBytes",
                            JSONValue.limit(
                                configuration.webhooks.deadLetterBytes, used: registry.webhooks.deadLetterUsage.bytes)
                        ),
                        (
                            "receiverAttempts",
                            JSONValue.limit(
                                configuration.webhooks.receiverAttempts,
                                used: registry.webhooks.allReceivers.map(\.figures.attempts).max() ?? 0)
                        ),
                        (
                            "receiverBytes",
                            JSONValue.limit(
                                configuration.webhooks.receiverBytes,
                                used: registry.webhooks.allReceivers.map(\.figures.bytes).max() ?? 0)
                        ),
                        ("answerBytes", JSONValue.limit(configuration.webhooks.answerBytes, used: nil)),
                        ("perishableRecords", JSONValue.limit(configuration.webhooks.perishableRecords, used: nil)),
                        ("openLogs", JSONValue.limit(registry.openLogs.limit, used: registry.openLogs.used)),
                        ("openFiles", JSONValue.limit(OpenFiles.limit, used: nil)),
                    ]).adding(callLimits + edge.limits)
                ),
                ("shards", .array(shards)),
                ("stores", .array(registry.stores.all.map(\.document))),
            ]))
    }

    /// What a tenant sees: the limits, and what is its own. What others use, and where things lie, is not told.
    private func tenantStatus() -> JSONValue {
        let limits = registry.configuration.limits
        let manager = registry.configuration.manager.limits
        return JSONValue(members: [
            ("version", .string(ServerVersion.current)), ("started", .string(registry.started.description)),
            (
                "limits",
                JSONValue(members: [
                    ("streams", JSONValue.limit(manager.streams, used: visibleStreams.count)),
                    (
                        "tailRequests",
                        JSONValue.limit(manager.requests, used: access.tenant?.requests ?? 0)
                    ),
                    ("subscribers", JSONValue.limit(limits.subscribers, used: access.tenant?.readers ?? 0)),
                    ("bufferBytes", JSONValue.limit(limits.tenantBufferBytes, used: nil)),
                    ("modelBytes", JSONValue.limit(limits.tenantModelBytes, used: nil)),
                    ("seriesPerStream", JSONValue.limit(manager.series, used: nil)),
                ]).adding(callLimits)
            ),
        ])
    }

    /// The limits of one call, the same for all.
    private var callLimits: [(String, JSONValue?)] {
        let limits = registry.configuration.limits
        let manager = registry.configuration.manager.limits
        return [
            ("lineBytes", .limit(manager.scan.line, used: nil)),
            ("bodyBytes", .limit(limits.bodyBytes, used: nil)),
            ("bodyEvents", .limit(limits.bodyEvents, used: nil)),
            ("linesBodyBytes", .limit(limits.linesBodyBytes, used: nil)),
            ("controlBytes", .limit(limits.controlBytes, used: nil)),
            ("historyEvents", .limit(limits.historyEvents, used: nil)),
            ("pageEntries", .limit(limits.pageEntries, used: nil)),
            ("steps", .limit(manager.steps, used: nil)),
        ]
    }

    /// `GET /metrics`.
    func exposition(_ request: Request) throws -> Response {
        var text = Exposition()
        // What all have done together would tell a tenant of the others.
        if access.isWhole { appendServer(to: &text) }
        appendTokens(to: &text)
        text.begin("foretail_log_bytes", "gauge", "Bytes of events stored, by stream.")
        let bounds = visibleStreams.compactMap { host in host.openLog.map { (host.name, $0.bounds) } }
        for (name, bounds) in bounds { text.add("foretail_log_bytes", [("stream", name)], Double(bounds.bytes)) }
        text.begin("foretail_log_queued_bytes", "gauge", "Bytes of events on their way to the disk, by stream.")
        for (name, bounds) in bounds {
            text.add("foretail_log_queued_bytes", [("stream", name)], Double(bounds.queuedBytes))
        }
        if access.isWhole { appendStores(to: &text) }
        appendDeliveries(to: &text)
        appendWebhooks(to: &text)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    /// What all callers have done together, and what it takes.
    private func appendServer(to text: inout Exposition) {
        edge.metrics.append(to: &text)
        text.single("foretail_readers", "gauge", "Readers connected.", readers.value)
        text.single("foretail_streams", "gauge", "Streams.", registry.streams.count)
        text.single("foretail_open_logs", "gauge", "Streams whose logs have their files open.", registry.openLogs.used)
        text.single("foretail_tail_requests", "gauge", "Tail requests registered.", registry.requestCount)
        ShardFigures(sumOf: registry.shards.map(\.figures)).append(to: &text)
        text.single(
            "foretail_shard_waiting_bytes", "gauge", "Bytes of events that wait for a shard.",
            registry.shards.reduce(0) { $0 + $1.waitingBytes })
        edge.append(to: &text)
    }

    /// Reference stores, by name.
    private func appendStores(to text: inout Exposition) {
        let stores = registry.stores.all.map { (labels: [("store", $0.name)], figures: $0.figures) }
        guard !stores.isEmpty else { return }
        func add(_ name: String, _ type: String, _ help: String, _ value: (ReferenceFigures) -> Double) {
            text.begin(name, type, help)
            for (labels, figures) in stores { text.add(name, labels, value(figures)) }
        }
        add("foretail_store_fetches_total", "counter", "Fetches from a store, of one key or many.") {
            Double($0.fetches)
        }
        add("foretail_store_keys_total", "counter", "Keys asked of a store.") { Double($0.keys) }
        add("foretail_store_failures_total", "counter", "Fetches that failed as a whole.") { Double($0.failures) }
        add("foretail_store_refused_total", "counter", "Keys that a store was not asked for.") { Double($0.refused) }
        add("foretail_store_waiting_keys", "gauge", "Keys that wait for a store.") { Double($0.waiting) }
        add("foretail_store_open", "gauge", "Whether a store is left alone because it failed.") { $0.isOpen ? 1 : 0 }
        add("foretail_store_fetch_seconds", "gauge", "The trailing mean of a fetch.") { $0.meanMicroseconds / 1e6 }
    }

    /// Deliveries to files, by tail request.
    private func appendDeliveries(to text: inout Exposition) {
        let deliveries = registry.deliveryStatuses.filter { isOwn(number: $0.id.number) }.map {
            (labels: [("request", $0.id.description)], status: $0.status)
        }
        guard !deliveries.isEmpty else { return }
        func add(_ name: String, _ type: String, _ help: String, _ value: (DeliveryStatus) -> Int?) {
            text.begin(name, type, help)
            for (labels, status) in deliveries {
                if let value = value(status) { text.add(name, labels, Double(value)) }
            }
        }
        add(
            "foretail_delivery_lag_events", "gauge", "Events of the stream that a delivery to a file has not looked at."
        ) { $0.lag }
        add("foretail_delivery_records_total", "counter", "Records written to a file and synced.") { $0.written }
        add("foretail_delivery_failures_total", "counter", "Attempts to write to a file that failed.") { $0.failures }
        add("foretail_delivery_retrying", "gauge", "Whether a delivery to a file waits to be tried again.") {
            $0.retryAt == nil ? 0 : 1
        }
    }

    /// `GET /openapi.json`.
    func openAPI() -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
    }

    /// `GET /`.
    func page() -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.index_html)))
    }
}
#endif
