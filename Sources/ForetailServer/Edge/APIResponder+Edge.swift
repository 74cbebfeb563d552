#if Server
import FieldExtraction
import FilterLanguage
import Foretail

/// What the edge tells of itself.
extension APIResponder {
    /// The limits of connections, heads, bodies and filters, for `GET /v1/status`.
    var edgeLimits: [(String, JSONValue?)] {
        let limits = registry.configuration.limits
        let core = registry.configuration.manager.limits
        return [
            ("connections", Self.limit(limits.connections, used: connections.count)),
            ("connectionsPerAddress", Self.limit(limits.connectionsPerAddress, used: connections.mostOfOneAddress)),
            ("targetBytes", Self.limit(limits.targetBytes, used: nil)),
            ("headers", Self.limit(limits.headers, used: nil)),
            ("headerBytes", Self.limit(limits.headerBytes, used: nil)),
            ("headSeconds", Self.limit(limits.headSeconds, used: nil)),
            ("bodySeconds", Self.limit(limits.bodySeconds, used: nil)),
            ("idleSeconds", Self.limit(limits.idleSeconds, used: nil)),
            ("unpackRatio", Self.limit(limits.unpackRatio, used: nil)),
            ("jsonDepth", Self.limit(core.scan.depth, used: nil)),
            ("eventFields", Self.limit(core.scan.fields, used: nil)),
            ("filterBytes", Self.limit(core.filter.sourceBytes, used: nil)),
            ("filterDepth", Self.limit(core.filter.depth, used: nil)),
            ("filterCost", Self.limit(core.filter.cost, used: nil)),
            ("patternBytes", Self.limit(core.filter.patternBytes, used: nil)),
            ("patternStates", Self.limit(core.filter.patternStates, used: nil)),
        ]
    }

    /// Connections, what was turned away, and the certificate, for `GET /metrics`.
    func appendEdge(to text: inout Exposition) {
        text.single("foretail_connections", "gauge", "Connections open.", connections.count)
        text.begin("foretail_refusals_total", "counter", "What was turned away before it was a request, by reason.")
        let refusals = connections.refusals
        for reason in ConnectionLedger.Refusal.allCases {
            text.add("foretail_refusals_total", [("reason", reason.rawValue)], Double(refusals[reason] ?? 0))
        }
        guard let certificates else { return }
        let counts = certificates.counts
        text.begin("foretail_tls_reloads_total", "counter", "Certificates read again, by what came of it.")
        text.add("foretail_tls_reloads_total", [("result", "replaced")], Double(counts.reloads))
        text.add("foretail_tls_reloads_total", [("result", "refused")], Double(counts.failures))
        text.begin("foretail_tls_expires_timestamp_seconds", "gauge", "When the certificate in force expires.")
        text.add("foretail_tls_expires_timestamp_seconds", [], Double(certificates.expires))
    }
}

extension JSONValue {
    /// The same object with further members that have a value.
    func adding(_ further: [(String, JSONValue?)]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + further.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }
}
#endif
