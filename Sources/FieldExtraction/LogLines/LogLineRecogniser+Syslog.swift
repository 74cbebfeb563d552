/// System logs: RFC 3164, RFC 5424, and what is kept of them in files.
extension LogLineRecogniser {
    /// `<34>Oct 11 22:14:15 host su: …` or `<34>1 2003-10-11T22:14:15.003Z host su - ID47 - …`
    mutating func readPriority(_ view: ByteView, _ start: Int) -> Bool {
        var place = start + 1
        var priority: Int64 = 0
        while LogByte.isDigit(view[place]), place < start + 4 {
            priority = priority * 10 + Int64(view[place] - 48)
            place += 1
        }
        guard place > start + 1, view[place] == UInt8(ascii: ">"), priority < 192 else { return false }
        place += 1
        fields.append(LogField(name: .facility, form: .facility, value: priority / 8))
        fields.append(LogField(name: .severity, form: .severity, value: priority % 8))
        if view[place] == UInt8(ascii: "1"), view[place + 1] == 0x20 { return readStructured(view, place + 2) }
        contentStart = place
        if let stamp = times.syslog(view, place), view[stamp.end] == 0x20 {
            add(.time, stamp)
            return readSyslog(view, stamp.end + 1)
        }
        if let stamp = times.numeric(view, place), view[stamp.end] == 0x20 {
            add(.time, stamp)
            return readSyslog(view, stamp.end + 1)
        }
        return true
    }

    /// RFC 5424 behind its version: time, host, app, process, message, structured data.
    private mutating func readStructured(_ view: ByteView, _ start: Int) -> Bool {
        var place = start
        for name in [LogFieldName.time, .host, .app, .pid, .messageID] {
            let end = wordEnd(view, place)
            guard end > place else { return false }
            if end - place == 1, view[place] == UInt8(ascii: "-") {
                place = min(end + 1, view.count)
                continue
            }
            if name == .time {
                guard let stamp = times.numeric(view, place), stamp.end == end else { return false }
                add(.time, stamp)
            } else {
                add(name, place, end, name == .pid ? .number : .text)
            }
            place = min(end + 1, view.count)
        }
        if view[place] == UInt8(ascii: "-") {
            place += 1
        } else {
            while view[place] == UInt8(ascii: "[") {
                guard let end = elementEnd(view, place) else { return false }
                place = end
            }
        }
        place = skipSpaces(view, place)
        // A byte order mark says that the message is UTF-8.
        if view.word(at: place) & 0xFF_FFFF == 0xBF_BBEF { place += 3 }
        contentStart = min(place, view.count)
        return true
    }

    /// Behind the bracket that closes an element of structured data; quoted values may hold brackets.
    private func elementEnd(_ view: ByteView, _ start: Int) -> Int? {
        var place = start + 1
        while place < min(view.count, start + Self.headLimit) {
            switch view[place] {
            case UInt8(ascii: "]"): return place + 1
            case UInt8(ascii: "\""):
                guard let end = quoteEnd(view, place + 1) else { return nil }
                place = end + 1
            default: place += 1
            }
        }
        return nil
    }

    /// `combo sshd(pam_unix)[19939]: check pass`, behind the stamp
    mutating func readSyslog(_ view: ByteView, _ start: Int) -> Bool {
        let hostEnd = wordEnd(view, start)
        contentStart = start
        guard view[hostEnd] == 0x20, hostEnd > start else { return true }
        guard view[hostEnd - 1] != UInt8(ascii: ":") else { return readApp(view, start) || true }
        add(.host, start, hostEnd)
        contentStart = hostEnd + 1
        _ = readApp(view, hostEnd + 1)
        return true
    }

    /// `sshd[19939]: `, `kernel: `, `syslogd 1.4.1: `, `com.apple.xpc.launchd[1] (com.apple.quicklook[27]): `
    private mutating func readApp(_ view: ByteView, _ start: Int) -> Bool {
        let start = skipSpaces(view, start)
        var end = wordEnd(view, start)
        guard end - start > 1, end - start <= 256 else { return false }
        var nameEnd = end
        if view[end] == 0x20, view[end - 1] != UInt8(ascii: ":") {
            // An address in brackets, or a version, may stand between.
            let isBracket = view[end + 1] == UInt8(ascii: "(")
            guard isBracket || LogByte.isDigit(view[end + 1]) && view[end - 1] != UInt8(ascii: "]") else {
                return false
            }
            let second = wordEnd(view, end + 1)
            guard second > end + 2, view[second - 1] == UInt8(ascii: ":"),
                !isBracket || view[second - 2] == UInt8(ascii: ")")
            else { return false }
            nameEnd = end
            end = second
        } else {
            guard view[end - 1] == UInt8(ascii: ":") else { return false }
            nameEnd = end - 1
        }
        guard LogByte.isLetter(view[start]) || view[start] == UInt8(ascii: "/") || view[start] == UInt8(ascii: "-")
        else {
            return false
        }
        var open = nameEnd
        if view[nameEnd - 1] == UInt8(ascii: "]") {
            open = nameEnd - 1
            while open > start, view[open] != UInt8(ascii: "[") { open -= 1 }
        }
        if open > start, open < nameEnd {
            add(.app, start, open)
            add(.pid, open + 1, nameEnd - 1, .number)
        } else {
            add(.app, start, nameEnd)
        }
        contentStart = min(skipSpaces(view, end), view.count)
        return true
    }
}
