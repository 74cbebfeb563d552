#if Server && NATS
import FieldExtraction
import ForetailCluster

/// Registers as JSON, so that people can read them with `nats kv get foretail KEY`.
enum RegisterText {
    static func bytes(of value: RegisterValue) -> [UInt8] {
        switch value {
        case .members(let names): JSONValue.array(names.map(JSONValue.string)).bytes
        case .session(let record): document(record).bytes
        case .table(let table): JSONValue.array(table.claims.map(document)).bytes
        }
    }

    private static func document(_ record: SessionRecord) -> JSONValue {
        JSONValue(members: [
            ("incarnation", .integer(Int64(record.incarnation))),
            // As text: more bits than a number of JSON holds everywhere.
            ("instance", .string(String(record.instance))), ("beat", .integer(Int64(record.beat))),
            ("phase", .string(record.phase.rawValue)), ("address", .string(record.address)),
        ])
    }

    private static func document(_ claim: Claim) -> JSONValue {
        JSONValue(members: [
            ("node", claim.owner.map { .string($0.node) }),
            ("incarnation", claim.owner.map { .integer(Int64($0.incarnation)) }),
            ("epoch", .integer(Int64(claim.epoch))),
        ])
    }

    /// Reads a register; nil for what is none.
    static func value(of key: RegisterKey, _ bytes: [UInt8]) -> RegisterValue? {
        guard let value = try? JSONValue(parsing: bytes) else { return nil }
        switch (key, value) {
        case (.members, .array(let names)):
            let texts = names.compactMap(\.string)
            return texts.count == names.count ? .members(texts) : nil
        case (.session, .object): return session(value).map(RegisterValue.session)
        case (.table, .array(let claims)):
            var table = AssignmentTable(partitions: UInt32(claims.count))
            for (number, document) in claims.enumerated() {
                guard let epoch = document["epoch"]?.wholeNumber.flatMap(UInt32.init(exactly:)) else { return nil }
                var claim = Claim(epoch: epoch)
                if let node = document["node"]?.string {
                    guard let life = document["incarnation"]?.wholeNumber.flatMap(UInt64.init(exactly:)) else {
                        return nil
                    }
                    claim.owner = SessionID(node: node, incarnation: life)
                }
                table.claims[number] = claim
            }
            return .table(table)
        default: return nil
        }
    }

    private static func session(_ value: JSONValue) -> SessionRecord? {
        guard let incarnation = value["incarnation"]?.wholeNumber.flatMap(UInt64.init(exactly:)),
            let instance = value["instance"]?.string.flatMap({ UInt64($0) }),
            let beat = value["beat"]?.wholeNumber.flatMap(UInt64.init(exactly:)),
            let phase = value["phase"]?.string.flatMap(SessionRecord.Phase.init(rawValue:)),
            let address = value["address"]?.string
        else { return nil }
        return SessionRecord(
            incarnation: incarnation, instance: instance, beat: beat, phase: phase, address: address)
    }
}

extension JSONValue {
    /// The text of a string.
    var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The members of a list.
    var list: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
}
#endif
