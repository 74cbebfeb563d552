/// The key of rows, compared byte for byte, as stores do: `é` in one code point is not `é` in two.
public struct RowKey: Hashable, Sendable {
    /// The key.
    public let text: String

    /// Wraps a key.
    public init(_ text: String) { self.text = text }

    /// Compares the bytes.
    public static func == (left: RowKey, right: RowKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // No byte of UTF-8, so that what follows is told apart.
        hasher.combine(0xFF as UInt8)
    }
}
