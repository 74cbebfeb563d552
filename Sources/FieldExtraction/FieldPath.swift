/// The place of a field: a root (the event's body or its metadata) and the object keys that lead to the field.
///
///     FieldPath("user.id")              // event.user.id
///     FieldPath(root: .meta, ["key"])   // meta.key
///
/// Only object keys take part; an element of an array is reached through the array's own field.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    /// What a path starts from.
    public enum Root: UInt8, Sendable {
        /// The body of the event, as the producer wrote it.
        case event
        /// What the log knows of the event: `stream`, `key`, `time`, `position`.
        case meta
    }

    /// What the path starts from.
    public var root: Root
    /// The object keys from the root to the field; empty for the root itself.
    public var keys: [String]

    /// Creates a path from its keys, so that a key may hold a dot.
    public init(root: Root = .event, _ keys: [String]) {
        self.root = root
        self.keys = keys
    }

    /// Creates a path into the event's body from its dotted form, `user.id`.
    public init(_ dotted: String) {
        self.init(root: .event, dotted.split(separator: ".", omittingEmptySubsequences: false).map(String.init))
    }

    /// Whether two paths are the same, byte for byte, as keys of JSON are compared: `é` in one code point is not `é` in two.
    public static func == (left: FieldPath, right: FieldPath) -> Bool {
        left.root == right.root && left.keys.elementsEqual(right.keys) { $0.utf8.elementsEqual($1.utf8) }
    }

    /// Hashes the bytes of the keys.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(root)
        for key in keys {
            for byte in key.utf8 { hasher.combine(byte) }
            // No byte of UTF-8, so that ["a", "b"] and ["ab"] differ.
            hasher.combine(0xFF as UInt8)
        }
    }

    /// The dotted form without the root: `user.id`. This is the name of the field in records and on the command line.
    public var name: String { keys.joined(separator: ".") }

    /// The form filters use: `event.user.id`.
    public var description: String {
        (root == .event ? "event" : "meta") + keys.map { "." + $0 }.joined()
    }
}
