/// Lines that begin with a bracket, and logs of clusters with stamps in epoch seconds.
extension LogLineRecogniser {
    /// `[Sun Dec 04 04:47:44 2005] [notice] …`, `[10.30 16:49:06] chrome.exe - …`, `[2016-12-19 16:32:17,514] INFO …`, `[INFO] …`
    mutating func readBracketed(_ view: ByteView, _ start: Int) -> Bool {
        if let stamp = times.classic(view, start + 1), view[stamp.end] == UInt8(ascii: "]") {
            add(.time, stamp)
            readServer(view, stamp.end + 1)
            return true
        }
        if let stamp = times.numeric(view, start + 1), view[stamp.end] == UInt8(ascii: "]") {
            add(.time, stamp)
            let isShort = stamp.end - start < 18
            contentStart = min(skipSpaces(view, stamp.end + 1), view.count)
            if isShort { readProgram(view, contentStart) } else { readHead(view, stamp.end + 1) }
            return true
        }
        guard let end = LogLevelWord.end(view, start + 1), view[end] == UInt8(ascii: "]"), view[end + 1] == 0x20 else {
            return false
        }
        add(.level, start + 1, end)
        contentStart = min(skipSpaces(view, end + 1), view.count)
        return true
    }

    /// Apache's error log behind its stamp: `[core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] …`
    private mutating func readServer(_ view: ByteView, _ start: Int) {
        var place = start
        for _ in 0..<4 {
            place = skipSpaces(view, place)
            contentStart = min(place, view.count)
            guard view[place] == UInt8(ascii: "["), let close = closingBracket(view, place) else { return }
            let inside = place + 1
            if let end = LogLevelWord.end(view, inside), end == close {
                add(.level, inside, close)
            } else if view.word(at: inside) & 0xFFFF_FFFF == 0x2064_6970 {  // "pid "
                var end = inside + 4
                while LogByte.isDigit(view[end]) { end += 1 }
                add(.pid, inside + 4, end, .number)
            } else if view.word(at: inside) & 0xFF_FFFF_FFFF_FFFF == 0x20_746E_6569_6C63 {  // "client "
                var end = close
                // The port of an address with points.
                while end > inside, LogByte.isDigit(view[end - 1]) { end -= 1 }
                add(.client, inside + 7, view[end - 1] == UInt8(ascii: ":") ? end - 1 : close)
            } else {
                var colon = inside
                while colon < close, LogByte.isLetter(view[colon]) || view[colon] == UInt8(ascii: "_") { colon += 1 }
                guard view[colon] == UInt8(ascii: ":"), let end = LogLevelWord.end(view, colon + 1), end == close else {
                    return
                }
                add(.logger, inside, colon)
                add(.level, colon + 1, close)
            }
            place = close + 1
        }
    }

    /// `chrome.exe *64 - text`, behind the stamp
    private mutating func readProgram(_ view: ByteView, _ start: Int) {
        var place = start
        while place < min(view.count, start + 64) {
            if view[place] == 0x20, view[place + 1] == UInt8(ascii: "-"), view[place + 2] == 0x20 {
                add(.app, start, place)
                contentStart = min(place + 3, view.count)
                return
            }
            if view[place] == UInt8(ascii: ":") { return }
            place += 1
        }
    }

    /// `- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.363779 R02-M1-N0 RAS KERNEL INFO text` and
    /// `- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[2915]: text`: a label, epoch seconds, a date, a node
    mutating func readLabelled(_ view: ByteView, _ start: Int) -> Bool {
        let label = wordEnd(view, start)
        guard label > start, label - start <= 32, view[label] == 0x20, let epoch = times.epoch(view, label + 1),
            view[epoch.end] == 0x20, view[epoch.end + 5] == UInt8(ascii: "."), view[epoch.end + 11] == 0x20
        else { return false }
        let node = epoch.end + 12
        let nodeEnd = wordEnd(view, node)
        guard nodeEnd > node, view[nodeEnd] == 0x20 else { return false }
        if label - start > 1 || view[start] != UInt8(ascii: "-") { add(.label, start, label) }
        if let stamp = times.syslog(view, nodeEnd + 1), view[stamp.end] == 0x20 {
            add(.time, epoch)
            add(.node, node, nodeEnd)
            return readSyslog(view, stamp.end + 1)
        }
        guard let stamp = times.numeric(view, nodeEnd + 1), view[stamp.end] == 0x20 else { return false }
        add(.time, stamp)
        add(.node, node, nodeEnd)
        var place = wordEnd(view, stamp.end + 1)
        // The kind of the record, the component, the level.
        for name in [LogFieldName.state, .logger, .level] {
            guard view[place] == 0x20 else { break }
            let end = wordEnd(view, place + 1)
            add(name, place + 1, end)
            place = end
        }
        contentStart = min(skipSpaces(view, place), view.count)
        return true
    }

    /// `134681 node-246 unix.hw state_change.unavailable 1077804742 1 text`
    mutating func readCluster(_ view: ByteView, _ start: Int) -> Bool {
        guard isNumber(view, start, wordEnd(view, start)) else { return false }
        var ends: [Int] = []
        var place = start
        for _ in 0..<6 {
            let end = wordEnd(view, place)
            guard end > place, view[end] == 0x20 else { return false }
            ends.append(end)
            place = end + 1
        }
        guard let stamp = times.epoch(view, ends[3] + 1), stamp.end == ends[4], isNumber(view, ends[4] + 1, ends[5])
        else { return false }
        add(.host, ends[0] + 1, ends[1])
        add(.logger, ends[1] + 1, ends[2])
        add(.state, ends[2] + 1, ends[3])
        add(.time, stamp)
        contentStart = min(ends[5] + 1, view.count)
        return true
    }
}
