import FieldExtraction

/// The names of a query's columns, spelled as the members of a JSON object.
public struct ReferenceColumns: Hashable, Sendable {
    /// The names.
    public let names: [String]
    /// Each as it stands in an object: quoted, escaped, with its colon.
    let members: [[UInt8]]
    /// Where the column `version` is; nil: there is none.
    public let version: Int?

    /// Takes names in the order of their columns.
    public init(_ names: [String]) {
        self.names = names
        members = names.map { name in
            var member: [UInt8] = []
            JSONString.append(name, to: &member)
            member.append(UInt8(ascii: ":"))
            return member
        }
        version = names.firstIndex(of: "version")
    }

    /// A name that two columns have: an object could keep only one of them.
    public var duplicate: String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}
