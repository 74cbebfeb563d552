/// The scanner's cold side: names what is wrong once it is known that something is.
enum ScanFault {
    /// The result for a byte at `place` that is not the one due; beyond the end the text has ended early.
    @inline(never)
    static func result(_ code: ScanResult.Code, _ view: ByteView, _ place: Int, at end: Int? = nil) -> ScanResult {
        if (end ?? place) >= view.count { return ScanResult(.endsEarly, at: view.count) }
        guard code == .noValue else { return ScanResult(code, at: place) }
        switch view[place] {
        case UInt8(ascii: "+"), UInt8(ascii: "."): return ScanResult(.badNumber, at: place)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return ScanResult(.badLiteral, at: place)
        default: return ScanResult(.noValue, at: place)
        }
    }

    /// The result for the byte at `place` inside a string.
    @inline(never)
    static func string(_ view: ByteView, _ place: Int) -> ScanResult {
        if place >= view.count { return ScanResult(.endsEarly, at: view.count) }
        let byte = view[place]
        if byte == UInt8(ascii: "\\") { return ScanResult(.badEscape, at: place) }
        return ScanResult(byte >= 0x80 ? .badUTF8 : .controlCharacter, at: place)
    }
}
