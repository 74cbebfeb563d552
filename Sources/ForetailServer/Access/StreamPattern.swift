#if Server
/// Which streams a token covers: a name, or the beginning of names with a star behind it.
///
///     StreamPattern("team-a.*")?.covers("team-a.cpu")        // true
///     StreamPattern("team-a")?.covers("team-a.cpu")          // false
package struct StreamPattern: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    package let description: String

    /// All streams.
    package static let all = StreamPattern(unchecked: "*")

    private init(unchecked text: String) { description = text }

    /// Reads a pattern; nil for what can be no stream's name, and for a star that is not at the end.
    package init?(_ text: String) {
        let name = text.hasSuffix("*") ? text.dropLast() : text[...]
        let isSound =
            !text.isEmpty && text.utf8.count <= 129 && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard isSound else { return nil }
        description = text
    }

    /// Whether a stream of this name is covered.
    package func covers(_ name: String) -> Bool {
        // Byte by byte: names that only look alike are different streams.
        if description.utf8.last == UInt8(ascii: "*") { return name.utf8.starts(with: description.utf8.dropLast()) }
        return name.utf8.elementsEqual(description.utf8)
    }
}
#endif
