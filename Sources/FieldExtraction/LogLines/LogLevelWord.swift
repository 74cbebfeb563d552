/// The words for how grave a message is.
enum LogLevelWord {
    private static let words: [UInt64] =
        "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR CRITICAL CRIT ALERT EMERG EMERGENC FATAL PANIC SEVERE FINE FINER FINEST CONFIG LOG HINT DETAIL FAILURE AUDIT INFORMAT VERBOSE STATEMEN"
        .split(separator: " ").map { word in
            var value: UInt64 = 0
            for byte in word.utf8.reversed() { value = value << 8 | UInt64(byte) }
            return value
        }

    /// The end of the level that begins at `start`, or nil. It ends in a space, a colon, a bracket or the line's end.
    static func end(_ view: ByteView, _ start: Int) -> Int? {
        guard LogByte.isLetter(view[start]), view[start] < 0x80 else { return nil }
        var end = start
        var word: UInt64 = 0
        while end < start + 13, (view[end] | 0x20) &- 97 < 26 {
            if end < start + 8 { word |= UInt64(view[end] & 0xDF) << UInt64(8 * (end - start)) }
            end += 1
        }
        switch view[end] {
        case 0, 0x20, 0x09, UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "|"), UInt8(ascii: ","): break
        default: return nil
        }
        for level in words where level == word { return end }
        return nil
    }
}
