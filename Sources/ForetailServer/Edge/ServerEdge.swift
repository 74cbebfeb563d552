#if Server
import FieldExtraction
import FilterLanguage
import Foretail
import HummingbirdCore
import Logging

/// The edge of a server, or of a node: what connections and calls go through before anything is done for them.
///
///     let edge = try ServerEdge(configuration, logger: logger)
///     let group = edge.group(answering: responder, beside: tending, signals: true) { port in … }
struct ServerEdge: Sendable {
    let connections: ConnectionLedger
    /// The listener's certificate; nil: it speaks plain HTTP.
    let certificates: CertificateStore?
    let headCheck: HeadCheck
    let origins: CrossOrigin
    let audit: AuditLog
    let metrics = ServerMetrics()
    let logger: Logger
    let configuration: ServerConfiguration

    /// Reads the certificate; listens to nothing yet.
    ///
    /// - Parameter auditName: The name of the record of control calls in the data folder.
    /// - Throws: ``StartError`` for a certificate that cannot be used.
    init(
        _ configuration: ServerConfiguration, auditName: String = "audit", logger: Logger
    ) throws(StartError) {
        self.configuration = configuration
        self.logger = logger
        certificates =
            configuration.tls.isComplete
            ? try CertificateStore(certificate: configuration.tls.certificate, key: configuration.tls.key) : nil
        connections = ConnectionLedger(limits: configuration.limits)
        headCheck = HeadCheck(configuration)
        origins = CrossOrigin(configuration.origins)
        audit = AuditLog(
            folder: configuration.dataFolder, name: auditName, settings: configuration.audit, logger: logger)
    }

    /// `http` or `https`.
    var scheme: String { certificates == nil ? "http" : "https" }

    /// The limits of connections, heads, bodies and filters, for `GET /v1/status`.
    var limits: [(String, JSONValue?)] {
        let limits = configuration.limits
        let core = configuration.manager.limits
        return [
            ("connections", JSONValue.limit(limits.connections, used: connections.count)),
            (
                "connectionsPerAddress",
                JSONValue.limit(limits.connectionsPerAddress, used: connections.mostOfOneAddress)
            ),
            ("targetBytes", JSONValue.limit(limits.targetBytes, used: nil)),
            ("headers", JSONValue.limit(limits.headers, used: nil)),
            ("headerBytes", JSONValue.limit(limits.headerBytes, used: nil)),
            ("headSeconds", JSONValue.limit(limits.headSeconds, used: nil)),
            ("bodySeconds", JSONValue.limit(limits.bodySeconds, used: nil)),
            ("idleSeconds", JSONValue.limit(limits.idleSeconds, used: nil)),
            ("unpackRatio", JSONValue.limit(limits.unpackRatio, used: nil)),
            ("jsonDepth", JSONValue.limit(core.scan.depth, used: nil)),
            ("eventFields", JSONValue.limit(core.scan.fields, used: nil)),
            ("filterBytes", JSONValue.limit(core.filter.sourceBytes, used: nil)),
            ("filterDepth", JSONValue.limit(core.filter.depth, used: nil)),
            ("filterCost", JSONValue.limit(core.filter.cost, used: nil)),
            ("patternBytes", JSONValue.limit(core.filter.patternBytes, used: nil)),
            ("patternStates", JSONValue.limit(core.filter.patternStates, used: nil)),
        ]
    }

    /// Connections, what was turned away, and the certificate, for `GET /metrics`.
    func append(to text: inout Exposition) {
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
    /// A limit, and how much of it is used.
    static func limit(_ value: Int, used: Int?) -> JSONValue {
        JSONValue(members: [("limit", .number(value)), ("used", used.map { .number($0) })])
    }

    /// The same object with further members that have a value.
    func adding(_ further: [(String, JSONValue?)]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + further.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }
}
#endif
