#if Server
import FieldExtraction
import FilterLanguage
import Foretail

/// The settings of the listener's edge: certificate, names, and the limits of what a client can send.
extension Setting {
    static let edge: [Setting] = [
        optional(
            "tls.certificate", "PEM file of the server's certificate and those that lead to its authority",
            \.tls.certificate),
        optional("tls.key", "PEM file of the certificate's private key", \.tls.key),
        Setting(
            key: "hosts",
            help:
                "names that the server goes by, beside addresses and localhost; none: any name where tokens are needed",
            show: { $0.hosts.isEmpty ? "none" : $0.hosts.joined(separator: ",") },
            apply: { text, configuration in
                let names = text == "none" ? [] : text.split(separator: ",").map { String($0.filter { $0 != " " }) }
                configuration.hosts = names
                return !text.isEmpty && names.allSatisfy { !$0.isEmpty && !$0.contains(":") && !$0.contains("/") }
            }),
        number("limits.connections", "connections open at a time", \.limits.connections),
        number(
            "limits.connectionsPerAddress", "connections open at a time of one address, or of one IPv6 /64",
            \.limits.connectionsPerAddress),
        bytes("limits.targetBytes", "bytes of a request's path and query", \.limits.targetBytes),
        number("limits.headers", "headers of a request", \.limits.headers),
        bytes("limits.headerBytes", "bytes of a request's headers", \.limits.headerBytes),
        number(
            "limits.headSeconds", "seconds from a request's first byte to the end of its headers", \.limits.headSeconds),
        number("limits.bodySeconds", "seconds from there to the end of its body", \.limits.bodySeconds),
        number("limits.unpackRatio", "bytes that one packed byte of a body may stand for", \.limits.unpackRatio),
        Setting(
            key: "limits.jsonDepth", help: "depth of JSON in events and bodies, at most 512",
            show: { String($0.manager.limits.scan.depth) },
            apply: { text, configuration in
                guard let depth = Int(text), (1...512).contains(depth) else { return false }
                configuration.manager.limits.scan.depth = depth
                return true
            }),
        number("limits.eventFields", "members of one event, all levels together", \.manager.limits.scan.fields),
        bytes("limits.filterBytes", "bytes of a filter, at most 64KiB", \.manager.limits.filter.sourceBytes),
        number("limits.filterDepth", "depth of a filter, at most 256", \.manager.limits.filter.depth),
        number("limits.filterCost", "estimated cost of a filter, in tests of a field", \.manager.limits.filter.cost),
        bytes("limits.patternBytes", "bytes of a regular expression", \.manager.limits.filter.patternBytes),
        number(
            "limits.patternStates", "states of a regular expression's automaton", \.manager.limits.filter.patternStates),
    ]

    /// A path that may be left out.
    private static func optional(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, String> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: "\(help); none: none", show: { $0[keyPath: path].isEmpty ? "none" : $0[keyPath: path] },
            apply: { text, configuration in
                configuration[keyPath: path] = text == "none" ? "" : text
                return !text.isEmpty
            })
    }
}
#endif
