#if Postgres
import Foretail

/// A name in PostgreSQL as a person writes it: `customers`, `shop.customers`, `"Odd Name"."x"`.
struct PostgresName: Hashable, Sendable {
    /// Its parts, as the server keeps them.
    let parts: [String]

    /// Reads a name as the server would: what is not in quotes is lower case.
    ///
    /// - Parameters:
    ///   - what: What it names, for messages: `table`.
    ///   - most: Parts it may have.
    init(_ text: String, what: String, most: Int) throws(ReferenceFailure) {
        func wrong(_ reason: String) -> ReferenceFailure {
            ReferenceFailure(
                .query,
                """
                \(what) '\(text)': \(reason); write a plain name such as customers or shop.customers, others in double \
                quotes: "Odd Name"
                """)
        }
        var parts: [String] = []
        var rest = Substring(text)
        while true {
            var part = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while true {
                    guard let next = rest.popFirst() else { throw wrong("a quote is not closed") }
                    if next == "\"" {
                        guard rest.first == "\"" else { break }
                        rest.removeFirst()
                    }
                    part.append(next)
                }
            } else {
                while let next = rest.first, next != ".", next != "\"" { part.append(rest.removeFirst()) }
                guard Self.isPlain(part) else { throw wrong("it is no plain name") }
                part = part.lowercased()
            }
            guard !part.isEmpty, part.utf8.count <= 63, !part.utf8.contains(0) else {
                throw wrong("a part must have 1 to 63 bytes")
            }
            parts.append(part)
            guard let next = rest.popFirst() else { break }
            guard next == ".", parts.count < most else { throw wrong("there is more than one name can have") }
        }
        self.parts = parts
    }

    /// As it stands in a statement.
    var quoted: String { parts.map(Self.quoted).joined(separator: ".") }

    /// A name in quotes, whatever it holds.
    static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// A text as a literal, whatever it holds and however the server reads backslashes.
    static func literal(_ text: String) -> String {
        var literal = text.contains("\\") ? " E'" : "'"
        for character in text.unicodeScalars {
            if character == "'" || character == "\\" { literal.unicodeScalars.append(character) }
            literal.unicodeScalars.append(character)
        }
        return literal + "'"
    }

    private static func isPlain(_ part: String) -> Bool {
        guard let first = part.utf8.first, !(48...57).contains(first), first != UInt8(ascii: "$") else { return false }
        return part.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...: true
            default: false
            }
        }
    }
}
#endif
