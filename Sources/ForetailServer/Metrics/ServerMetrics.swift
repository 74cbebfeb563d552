#if Server
import Synchronization

/// What the HTTP side counts, by route.
final class ServerMetrics: Sendable {
    /// The upper bounds of the durations' buckets, in microseconds.
    static let bounds: [Int64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    ]

    /// Requests of one route, method and status.
    struct Key: Hashable, Sendable {
        var route: String
        var method: String
        var status: Int
    }

    /// Durations of one route.
    struct Durations: Sendable {
        var buckets = [Int](repeating: 0, count: ServerMetrics.bounds.count)
        var count = 0
        var sum: Int64 = 0
    }

    /// All of it.
    struct Counts: Sendable {
        var requests: [Key: Int] = [:]
        var durations: [String: Durations] = [:]
        var acceptedEvents = 0
        var rejectedEvents = 0
    }

    private let state = Mutex(Counts())

    /// The counts now.
    var counts: Counts { state.withLock { $0 } }

    /// Notes a request that was answered (a stream: begun).
    func noteRequest(route: String, method: String, status: Int, microseconds: Int64) {
        // Methods are the client's to choose; those nobody knows share one name.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(method) ? method : "other"
        state.withLock { counts in
            counts.requests[Key(route: route, method: known, status: status), default: 0] += 1
            counts.durations[route, default: Durations()].note(microseconds)
        }
    }

    /// Notes what became of a body's events.
    func noteIngest(accepted: Int, rejected: Int) {
        state.withLock { counts in
            counts.acceptedEvents += accepted
            counts.rejectedEvents += rejected
        }
    }

    /// Writes all of it, for `GET /metrics`.
    func append(to text: inout Exposition) {
        let counts = counts
        text.begin("foretail_http_requests_total", "counter", "HTTP requests answered.")
        for (key, count) in counts.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            text.add(
                "foretail_http_requests_total",
                [("route", key.route), ("method", key.method), ("status", String(key.status))], Double(count))
        }
        let duration = "foretail_http_request_duration_seconds"
        text.begin(duration, "histogram", "Time until a request was answered; for streams, until they began.")
        for (route, durations) in counts.durations.sorted(by: { $0.key < $1.key }) {
            var below = 0
            for (place, bound) in Self.bounds.enumerated() {
                below += durations.buckets[place]
                text.add("\(duration)_bucket", [("route", route), ("le", "\(Double(bound) / 1e6)")], Double(below))
            }
            text.add("\(duration)_bucket", [("route", route), ("le", "+Inf")], Double(durations.count))
            text.add("\(duration)_sum", [("route", route)], Double(durations.sum) / 1e6)
            text.add("\(duration)_count", [("route", route)], Double(durations.count))
        }
        text.single(
            "foretail_ingest_accepted_events_total", "counter", "Events accepted and durable.", counts.acceptedEvents)
        text.single("foretail_ingest_rejected_events_total", "counter", "Events refused.", counts.rejectedEvents)
    }
}

extension ServerMetrics.Durations {
    fileprivate mutating func note(_ microseconds: Int64) {
        count += 1
        sum += microseconds
        if let place = ServerMetrics.bounds.firstIndex(where: { microseconds <= $0 }) { buckets[place] += 1 }
    }
}
#endif
