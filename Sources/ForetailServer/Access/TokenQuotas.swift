#if Server
package import FieldExtraction

/// How much a token may use; nil: as much as the server's limits allow.
package struct TokenQuotas: Hashable, Sendable {
    /// Events written in a second.
    package var events: Int?
    /// Bytes of events written in a second.
    package var bytes: Int?
    /// Calls of the API in a second.
    package var calls: Int?
    /// Streams that are its tenant's.
    package var streams: Int?
    /// Tail requests that are its tenant's.
    package var requests: Int?
    /// Readers of its tenant that are connected.
    package var readers: Int?
    /// Bytes of a filter's text.
    package var filterBytes: Int?

    /// No quota at all.
    package init() {}

    /// The quotas by name, in the order they are shown in.
    package static let all: [(name: String, path: any (WritableKeyPath<TokenQuotas, Int?> & Sendable))] = [
        ("events", \.events), ("bytes", \.bytes), ("calls", \.calls), ("streams", \.streams),
        ("requests", \.requests), ("readers", \.readers), ("filterBytes", \.filterBytes),
    ]

    /// The names, for those who misspell one.
    package static var names: String { all.map(\.name).joined(separator: ", ") }

    /// Reads `events=1000` or `bytes=1MiB`; false where it is none.
    package mutating func set(_ text: some StringProtocol) -> Bool {
        let parts = String(text).split(separator: "=", maxSplits: 1).map { String($0) }
        guard parts.count == 2, let quota = Self.all.first(where: { $0.name == parts[0] }),
            let value = ByteText.bytes(parts[1]), value > 0
        else { return false }
        self[keyPath: quota.path] = value
        return true
    }

    /// Reads the member `quotas`.
    init(_ reader: inout ObjectReader) throws(Problem) {
        for quota in Self.all {
            self[keyPath: quota.path] = try reader.integer(quota.name, in: 1...(1 << 50))
        }
        try reader.finish(knows: Self.names)
    }

    /// The quotas as they are stored and shown.
    package var document: JSONValue {
        JSONValue(members: Self.all.map { quota in (quota.name, self[keyPath: quota.path].map { .number($0) }) })
    }
}
#endif
