/// Program logs: a stamp, then level, thread and logger in whatever order.
extension LogLineRecogniser {
    /// `2015-10-18 18:01:47,978 INFO [main] a.b.C: …` and the like: any line that begins with the digits of a stamp
    mutating func readDated(_ view: ByteView, _ start: Int) -> Bool {
        guard let stamp = times.numeric(view, start) else { return false }
        add(.time, stamp)
        contentStart = stamp.end
        if view[stamp.end] == UInt8(ascii: "|") { return readBarred(view, stamp.end + 1) }
        if view[start + 10] == UInt8(ascii: "T"), view[stamp.end] == 0x20, isSyslogApp(view, stamp.end + 1) {
            return readSyslog(view, stamp.end + 1)
        }
        readHead(view, stamp.end)
        return true
    }

    /// Whether `host app[pid]:` follows.
    private func isSyslogApp(_ view: ByteView, _ start: Int) -> Bool {
        let host = wordEnd(view, start)
        let app = wordEnd(view, min(host + 1, view.count))
        return host > start && app > host + 3 && view[app - 1] == UInt8(ascii: ":")
            && view[app - 2] == UInt8(ascii: "]")
            && LogLevelWord.end(view, start) == nil
    }

    /// `Step_LSC|30002312|onStandStepChanged 3579`, behind `20171223-22:15:29:606|`
    private mutating func readBarred(_ view: ByteView, _ start: Int) -> Bool {
        var place = start
        for name in [LogFieldName.logger, .pid] {
            var end = place
            while end < view.count, end - place < 128, view[end] != UInt8(ascii: "|"), view[end] != 0x20 { end += 1 }
            guard view[end] == UInt8(ascii: "|") else { break }
            if name == .pid, !isNumber(view, place, end) { break }
            add(name, place, end, name == .pid ? .number : .text)
            place = end + 1
        }
        contentStart = min(place, view.count)
        return true
    }

    /// `nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO …`: a file's name before the stamp
    mutating func readNamed(_ view: ByteView, _ start: Int) -> Bool {
        let end = wordEnd(view, start)
        guard end - start >= 4, end - start <= 256, view[end] == 0x20, LogByte.isDigit(view[end + 1]),
            let stamp = times.numeric(view, end + 1), view[end + 5] == UInt8(ascii: "-")
        else { return false }
        var points = 0
        for place in start..<end {
            if view[place] == UInt8(ascii: ".") { points += 1 }
            if view[place] == UInt8(ascii: "=") || view[place] == UInt8(ascii: "\"") { return false }
        }
        guard points > 0 || LogByte.isDigit(view[end - 1]) else { return false }
        add(.app, start, end)
        add(.time, stamp)
        readHead(view, stamp.end)
        return true
    }

    /// `I0102 15:04:05.000000       1 file.go:12] text`. Source: the k8s.io/klog package.
    mutating func readKlog(_ view: ByteView, _ start: Int) -> Bool {
        switch view[start] {
        case UInt8(ascii: "I"), UInt8(ascii: "W"), UInt8(ascii: "E"), UInt8(ascii: "F"): break
        default: return false
        }
        guard LogByte.isDigit(view[start + 1]), let stamp = times.klog(view, start + 1), view[stamp.end] == 0x20 else {
            return false
        }
        let pid = skipSpaces(view, stamp.end)
        let pidEnd = wordEnd(view, pid)
        guard isNumber(view, pid, pidEnd), view[pidEnd] == 0x20 else { return false }
        let source = pidEnd + 1
        var end = source
        while end < view.count, end - source < 256, view[end] != UInt8(ascii: "]") { end += 1 }
        guard view[end] == UInt8(ascii: "]") else { return false }
        add(.level, start, start + 1)
        add(.time, stamp)
        add(.pid, pid, pidEnd, .number)
        add(.logger, source, end)
        contentStart = min(skipSpaces(view, end + 1), view.count)
        return true
    }

    /// `ERROR: text`, `WARNING:root:text`: a level in capitals, no stamp
    mutating func readLevelled(_ view: ByteView, _ start: Int) -> Bool {
        guard LogByte.isUpper(view[start]), LogByte.isUpper(view[start + 1]), let end = LogLevelWord.end(view, start),
            view[end] == UInt8(ascii: ":"), LogByte.isUpper(view[end - 1])
        else { return false }
        add(.level, start, end)
        contentStart = end + 1
        if view[end + 1] != 0x20 {
            var colon = end + 1
            while LogByte.isLetter(view[colon]) || LogByte.isDigit(view[colon]) || view[colon] == UInt8(ascii: ".")
                || view[colon] == UInt8(ascii: "_")
            {
                colon += 1
            }
            if colon > end + 1, view[colon] == UInt8(ascii: ":") {
                add(.logger, end + 1, colon)
                contentStart = colon + 1
            }
        }
        contentStart = min(skipSpaces(view, contentStart), view.count)
        return true
    }

    /// Reads what stands between the stamp and the message.
    mutating func readHead(_ view: ByteView, _ start: Int) {
        var place = start
        var hasLevel = false
        var hasThread = false
        var hasLogger = false
        var numbers = 0
        for _ in 0..<10 {
            let before = place
            place = skipSpaces(view, place)
            contentStart = min(place, view.count)
            let byte = view[place]
            if byte == UInt8(ascii: "-"), view[place + 1] == 0x20 || view.word(at: place) & 0xFFFF_FFFF == 0x202D_2D2D {
                while view[place] == UInt8(ascii: "-") { place += 1 }
                if hasLevel, hasLogger || hasThread || before == start {
                    contentStart = min(skipSpaces(view, place), view.count)
                    if hasLogger || hasThread { if !isLoggerAhead(view, contentStart) || hasLogger { return } }
                }
                continue
            }
            if byte == UInt8(ascii: ","), before == start {
                place += 1
                continue
            }
            if byte == UInt8(ascii: "[") {
                guard !hasThread || !hasLevel, let close = closingBracket(view, place), close > place + 1 else {
                    return
                }
                if let end = LogLevelWord.end(view, place + 1), end == close, !hasLevel {
                    add(.level, place + 1, close)
                    hasLevel = true
                } else {
                    guard !hasThread, view[close + 1] == 0x20 || view[close + 1] == UInt8(ascii: ":"),
                        !hasColonSpace(view, place, close),
                        view.word(at: place + 1) & 0xFFFF_FFFF_FFFF != 0x746E_6569_6C63
                    else { return }
                    if isNumber(view, place + 1, close) {
                        add(.pid, place + 1, close, .number)
                    } else {
                        let isRequest = view.word(at: place + 1) & 0xFFFF_FFFF == 0x2D71_6572  // req-
                        add(isRequest ? .request : .thread, place + 1, close)
                    }
                    hasThread = true
                }
                place = close + 1
                if view[place] == UInt8(ascii: ":") { place += 1 }
                continue
            }
            if LogByte.isDigit(byte), !hasLevel, numbers < 2 {
                let end = wordEnd(view, place)
                var hash = place
                while LogByte.isDigit(view[hash]) { hash += 1 }
                if view[hash] == UInt8(ascii: "#"), view[end - 1] == UInt8(ascii: ":") {
                    add(.pid, place, hash, .number)
                    contentStart = min(skipSpaces(view, end), view.count)
                    return
                }
                guard isNumber(view, place, end), view[end] == 0x20 else { return }
                add(numbers == 0 ? .pid : .thread, place, end, .number)
                numbers += 1
                place = end
                continue
            }
            if LogByte.isDigit(byte), hasLevel, !hasLogger, before > start {
                // nginx and Spring: `[error] 123#0: text`, `INFO 4711 --- [main] c.e.App : text`
                let end = wordEnd(view, place)
                var hash = place
                while LogByte.isDigit(view[hash]) { hash += 1 }
                if view[hash] == UInt8(ascii: "#"), view[end - 1] == UInt8(ascii: ":") {
                    add(.pid, place, hash, .number)
                    contentStart = min(skipSpaces(view, end), view.count)
                    return
                }
                guard isNumber(view, place, end), view.word(at: end) & 0xFF_FFFF_FFFF == 0x20_2D2D_2D20 else { return }
                add(.pid, place, end, .number)
                place = end
                continue
            }
            if !hasLevel {
                if let end = LogLevelWord.end(view, place) {
                    add(.level, place, end)
                    hasLevel = true
                    place = end
                    if view[end] == UInt8(ascii: ":") {
                        contentStart = min(skipSpaces(view, end + 1), view.count)
                        return
                    }
                    continue
                }
                if numbers == 2, LogByte.isUpper(byte), view[place + 1] == 0x20 {
                    add(.level, place, place + 1)
                    hasLevel = true
                    place += 1
                    continue
                }
            }
            guard !hasLogger, let end = readLogger(view, place, hasLevel: hasLevel) else { return }
            hasLogger = true
            place = end
            // A colon ends the head.
            if view[end - 1] == UInt8(ascii: ":") || view[skipSpaces(view, end)] == UInt8(ascii: ":") {
                place = view[end - 1] == UInt8(ascii: ":") ? end : skipSpaces(view, end) + 1
                contentStart = min(skipSpaces(view, place), view.count)
                return
            }
        }
    }

    private func hasColonSpace(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        for place in start..<end where view[place] == UInt8(ascii: ":") && view[place + 1] == 0x20 { return true }
        return false
    }

    /// Whether `name: ` or `name :` stands there.
    private func isLoggerAhead(_ view: ByteView, _ start: Int) -> Bool {
        let end = wordEnd(view, start)
        return end > start + 1 && view.word(at: end) & 0xFFFF == 0x3A20
    }

    /// Reads the name of a logger: before a colon, before ` - `, before many spaces, or with points before a bracket.
    ///
    /// - Returns: Where it ends, the colon included if it stands at its end.
    private mutating func readLogger(_ view: ByteView, _ start: Int, hasLevel: Bool) -> Int? {
        guard LogByte.isLetter(view[start]) || view[start] == UInt8(ascii: "_") else { return nil }
        let end = wordEnd(view, start)
        guard end > start, end - start <= 160, end < view.count else { return nil }
        var points = 0
        var last = end
        if view[end - 1] == UInt8(ascii: ":") { last -= 1 }
        for place in start..<last {
            let byte = view[place]
            if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") { points += 1 }
            if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") { return nil }
        }
        let next = skipSpaces(view, end)
        let isDash = view[next] == UInt8(ascii: "-") && view[next + 1] == 0x20
        let isSpaced = hasLevel && next - end >= 2
        let isColon = last < end && hasLevel || view[next] == UInt8(ascii: ":") && view[next + 1] == 0x20
        guard isColon || isDash || isSpaced || points > 0 && view[next] == UInt8(ascii: "[") else { return nil }
        add(.logger, start, last)
        return end
    }
}
