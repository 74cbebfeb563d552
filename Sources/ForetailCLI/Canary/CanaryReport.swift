#if Server
import FieldExtraction
import Foretail
import ForetailServer

/// What a canary has found, at a moment: for people, for programs, for Prometheus.
struct CanaryReport: Sendable {
    /// What tells the events of this run from those of others.
    var run: String
    /// The stream that is written and read.
    var stream: String
    /// Events a second that are asked for.
    var rate: Int
    /// Microseconds since the first event was due.
    var elapsed: Int64
    /// What the ledger counted.
    var counts: CanaryLedger.Counts
    /// Events that were acknowledged and have not come yet.
    var pending: Int
    /// The first of the missing.
    var missingNumbers: [Int]
    /// From the moment an event was due to the moment its record came.
    var latency: LatencyHistogram
    /// What happened on the way.
    var traffic: CanaryTraffic
    /// Whether the reader passed all that was acknowledged.
    var isDrained: Bool
    /// As many of the missing are named in the text and in JSON.
    static let named = 20

    /// Events that the server never answered for; they may be there or not.
    var unacknowledged: Int { counts.sent - counts.acknowledged }

    /// Why the run counts as failed; nil: it does not.
    var failure: String? {
        if counts.missing > 0 {
            return
                "\(Readable.count(counts.missing)) acknowledged \(counts.missing == 1 ? "event is" : "events are") missing"
        }
        if !isDrained { return "the reader did not come to the end of what was acknowledged" }
        if unacknowledged > 0 {
            return "\(Readable.count(unacknowledged)) \(unacknowledged == 1 ? "event was" : "events were") never "
                + "acknowledged: the server was away for longer than --patience allows"
        }
        return nil
    }

    /// Lines for a person.
    var text: String {
        var lines: [(String, String)] = [
            (
                "canary",
                "\(Readable.count(rate)) events/s on '\(TerminalText.harmless(stream))' for "
                    + "\(Readable.shortDuration(microseconds: elapsed)), run \(run)"
            ),
            ("sent", Readable.count(counts.sent)),
            ("acknowledged", Readable.count(counts.acknowledged)),
            ("received", Readable.count(counts.received)),
        ]
        var missing = Readable.count(counts.missing)
        if !missingNumbers.isEmpty {
            let more = counts.missing > missingNumbers.count ? ", …" : ""
            missing += "  (numbers \(missingNumbers.map(String.init).joined(separator: ", "))\(more))"
        }
        lines.append(("missing", missing))
        lines.append(
            (
                "duplicates",
                "\(Readable.count(counts.storedAgain + counts.deliveredAgain))  (stored again "
                    + "\(Readable.count(counts.storedAgain)), delivered again \(Readable.count(counts.deliveredAgain)))"
            ))
        lines.append(("out of order", Readable.count(counts.outOfOrder)))
        if counts.unknown > 0 { lines.append(("never sent", Readable.count(counts.unknown))) }
        lines.append(
            ("latency", quantiles.map { "\($0.name) \(Self.milliseconds($0.microseconds))" }.joined(separator: ", ")))
        lines.append(
            (
                "on the way",
                "\(Readable.count(traffic.bodies)) bodies, \(Readable.count(traffic.resentBodies)) sent again, "
                    + "\(Readable.count(traffic.recoveredBodies)) found stored; \(Readable.count(traffic.connections)) "
                    + "readings, \(Readable.count(counts.gaps)) gaps"
            ))
        return lines.map { name, value in
            name + String(repeating: " ", count: max(1, 14 - name.count)) + value + "\n"
        }.joined()
    }

    /// One JSON object.
    var document: JSONValue {
        func whole(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .object([
            ("run", .string(run)), ("stream", .string(stream)), ("rate", whole(rate)),
            ("seconds", .double(Double(elapsed) / 1e6)), ("sent", whole(counts.sent)),
            ("acknowledged", whole(counts.acknowledged)), ("unacknowledged", whole(unacknowledged)),
            ("received", whole(counts.received)), ("missing", whole(counts.missing)),
            ("missingNumbers", .array(missingNumbers.map(whole))),
            (
                "duplicates",
                .object([
                    ("storedAgain", whole(counts.storedAgain)), ("deliveredAgain", whole(counts.deliveredAgain)),
                ])
            ),
            ("outOfOrder", whole(counts.outOfOrder)), ("neverSent", whole(counts.unknown)),
            ("gaps", whole(counts.gaps)),
            ("bodies", whole(traffic.bodies)), ("resentBodies", whole(traffic.resentBodies)),
            ("recoveredBodies", whole(traffic.recoveredBodies)), ("readings", whole(traffic.connections)),
            ("drained", .bool(isDrained)),
            (
                "latencyMicroseconds",
                .object(quantiles.map { ($0.name, $0.microseconds.map { .integer($0) } ?? .null) })
            ),
        ])
    }

    /// The upper bounds of the buckets of the metric, in microseconds.
    private static let bounds: [Int64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000,
    ]

    /// The text that Prometheus reads.
    var metrics: String {
        var text = Exposition()
        let prefix = "foretail_canary_"
        text.single("\(prefix)sent_events_total", "counter", "Events handed to the server.", counts.sent)
        text.single(
            "\(prefix)acknowledged_events_total", "counter", "Events that the server answered for.",
            counts.acknowledged)
        text.single("\(prefix)received_events_total", "counter", "Records of events that came.", counts.received)
        text.single(
            "\(prefix)missing_events", "gauge", "Acknowledged events that the reader passed without seeing them.",
            counts.missing)
        text.single(
            "\(prefix)pending_events", "gauge", "Acknowledged events that have not come yet.", pending)
        text.single(
            "\(prefix)stored_again_events_total", "counter", "Events that came again at another position.",
            counts.storedAgain)
        text.single(
            "\(prefix)delivered_again_events_total", "counter", "Events that came again at the same position.",
            counts.deliveredAgain)
        text.single(
            "\(prefix)out_of_order_events_total", "counter", "Events that came behind a later one.", counts.outOfOrder)
        text.single("\(prefix)resent_bodies_total", "counter", "Bodies that were sent again.", traffic.resentBodies)
        text.single("\(prefix)readings_total", "counter", "Connections that the reader made.", traffic.connections)
        let name = "\(prefix)latency_seconds"
        text.begin(name, "histogram", "From the moment an event was due to the moment it came.")
        for bound in Self.bounds {
            text.add("\(name)_bucket", [("le", "\(Double(bound) / 1e6)")], Double(latency.count(atMost: bound)))
        }
        text.add("\(name)_bucket", [("le", "+Inf")], Double(latency.count))
        text.add("\(name)_sum", [], Double(latency.sum) / 1e6)
        text.add("\(name)_count", [], Double(latency.count))
        return text.text
    }

    private var quantiles: [(name: String, microseconds: Int64?)] {
        [
            ("p50", latency.quantile(0.5)), ("p99", latency.quantile(0.99)), ("p99.9", latency.quantile(0.999)),
            ("max", latency.count > 0 ? latency.largest : nil),
        ]
    }

    private static func milliseconds(_ microseconds: Int64?) -> String {
        guard let microseconds else { return "–" }
        return Readable.fixed(Double(microseconds) / 1e3, decimals: 1) + " ms"
    }
}

/// What happened on the way.
struct CanaryTraffic: Hashable, Sendable {
    /// Bodies that the server answered for.
    var bodies = 0
    /// Bodies that were sent again, because no answer came or it was a refusal that passes.
    var resentBodies = 0
    /// Bodies whose answer was lost, and which the server had stored.
    var recoveredBodies = 0
    /// Connections that the reader made.
    var connections = 0
}
#endif
