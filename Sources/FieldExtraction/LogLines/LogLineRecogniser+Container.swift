/// What container tools put before a line.
extension LogLineRecogniser {
    /// Reads prefixes of container tools, at most two of them.
    ///
    ///     web-1  | text                                       compose
    ///     [pod/web-7d9f/app] text                             kubectl logs --prefix
    ///     2026-01-01T00:00:00.123456789Z stdout F text        the container runtime interface
    ///
    /// - Returns: Where the line proper begins.
    mutating func readContainer(_ view: ByteView) -> Int {
        var place = 0
        for _ in 0..<2 {
            guard let next = compose(view, place) ?? pod(view, place) ?? runtime(view, place) else { break }
            place = next
        }
        return place
    }

    private mutating func compose(_ view: ByteView, _ start: Int) -> Int? {
        guard LogByte.isLetter(view[start]) || LogByte.isDigit(view[start]) else { return nil }
        var end = start
        while LogByte.isLetter(view[end]) || LogByte.isDigit(view[end]) || view[end] == UInt8(ascii: "-")
            || view[end] == UInt8(ascii: "_") || view[end] == UInt8(ascii: ".")
        {
            end += 1
            if end - start > 128 { return nil }
        }
        let bar = skipSpaces(view, end)
        guard bar > end, view[bar] == UInt8(ascii: "|"), view[bar + 1] == 0x20 || bar + 1 == view.count else {
            return nil
        }
        add(.container, start, end)
        return min(bar + 2, view.count)
    }

    private mutating func pod(_ view: ByteView, _ start: Int) -> Int? {
        guard view.word(at: start) & 0xFF_FFFF_FFFF == 0x2F_646F_705B else { return nil }  // [pod/
        let end = wordEnd(view, start)
        guard view[end - 1] == UInt8(ascii: "]"), view[end] == 0x20 else { return nil }
        var slash = start + 5
        while slash < end, view[slash] != UInt8(ascii: "/") { slash += 1 }
        guard slash < end else { return nil }
        add(.pod, start + 5, slash)
        add(.container, slash + 1, end - 1)
        return end + 1
    }

    private mutating func runtime(_ view: ByteView, _ start: Int) -> Int? {
        guard LogByte.isDigit(view[start]), view[start + 10] == UInt8(ascii: "T") else { return nil }
        guard let stamp = times.numeric(view, start), view[stamp.end] == 0x20 else { return nil }
        let name = stamp.end + 1
        let end = wordEnd(view, name)
        guard end - name == 6,
            view.word(at: name) & 0xFFFF_FFFF == 0x6F64_7473  // stdo
                || view.word(at: name) & 0xFFFF_FFFF == 0x6564_7473  // stde
        else { return nil }
        let mark = view[end + 1]
        guard mark == UInt8(ascii: "F") || mark == UInt8(ascii: "P"), view[end + 2] == 0x20 || end + 2 == view.count
        else { return nil }
        add(.time, stamp)
        add(.stream, name, end)
        return min(end + 3, view.count)
    }
}
