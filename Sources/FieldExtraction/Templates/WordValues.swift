/// Words of letters alone that are values all the same.
enum WordValues {
    /// The letters of a word of at most eight in one number, the first in the lowest byte.
    @inline(__always)
    private static func letters(_ view: ByteView, _ start: Int, _ end: Int) -> UInt64 {
        let bits = UInt64(truncatingIfNeeded: 8 &* min(8, end &- start))
        return bits == 64 ? view.word(at: start) : view.word(at: start) & ((1 << bits) &- 1)
    }

    private static func words(_ text: String) -> [UInt64] {
        text.split(separator: " ").map { word in
            var value: UInt64 = 0
            for byte in word.utf8.reversed() { value = value << 8 | UInt64(byte) }
            return value
        }
    }

    private static let values = words(
        "true false null True False None nil Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    )
    private static let connectives = words("from by in on at is to has was not with and or for as name")

    /// Whether a word is a truth value, nothing, a day or a month.
    static func contains(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        let word = letters(view, start, end)
        // No letter of these is beyond 't', and few words of this length begin as they do.
        for value in values where value == word { return true }
        return false
    }

    /// Whether a word behind `user` goes on with the sentence rather than naming somebody.
    static func isConnective(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        guard end - start <= 4 else { return false }
        let word = letters(view, start, end)
        for connective in connectives where connective == word { return true }
        return false
    }
}
