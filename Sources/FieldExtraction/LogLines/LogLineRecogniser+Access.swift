/// Access logs in the common and the combined format of Apache and nginx.
extension LogLineRecogniser {
    ///     83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 203 "http://b/" "Mozilla/5.0"
    ///
    /// The message is the request with its status. Source: the httpd manual, `mod_log_config`.
    mutating func readAccess(_ view: ByteView, _ start: Int) -> Bool {
        let clientEnd = wordEnd(view, start)
        guard view[clientEnd] == 0x20, view[clientEnd + 1] != 0x20 else { return false }
        let identityEnd = wordEnd(view, clientEnd + 1)
        guard view[identityEnd] == 0x20, view[identityEnd + 1] != 0x20 else { return false }
        let userEnd = wordEnd(view, identityEnd + 1)
        guard view[userEnd] == 0x20, view[userEnd + 1] == UInt8(ascii: "["),
            let stamp = times.numeric(view, userEnd + 2),
            view[stamp.end] == UInt8(ascii: "]"), view[stamp.end + 1] == 0x20,
            view[stamp.end + 2] == UInt8(ascii: "\"")
        else { return false }
        let request = stamp.end + 3
        guard let requestEnd = quoteEnd(view, request), view[requestEnd + 1] == 0x20 else { return false }
        let status = requestEnd + 2
        let statusEnd = wordEnd(view, status)
        guard isNumber(view, status, statusEnd) || view[status] == UInt8(ascii: "-") else { return false }
        add(.client, start, clientEnd)
        addUnlessDash(view, .identity, clientEnd + 1, identityEnd)
        addUnlessDash(view, .user, identityEnd + 1, userEnd)
        add(.time, stamp)
        readRequest(view, request, requestEnd)
        addUnlessDash(view, .status, status, statusEnd, .number)
        contentStart = request - 1
        contentEnd = statusEnd
        saysAll = true
        guard view[statusEnd] == 0x20 else { return true }
        let bytesEnd = wordEnd(view, statusEnd + 1)
        addUnlessDash(view, .bytes, statusEnd + 1, bytesEnd, .number)
        guard view[bytesEnd] == 0x20, view[bytesEnd + 1] == UInt8(ascii: "\""),
            let referrerEnd = quoteEnd(view, bytesEnd + 2)
        else { return true }
        addUnlessDash(view, .referrer, bytesEnd + 2, referrerEnd)
        guard view[referrerEnd + 1] == 0x20, view[referrerEnd + 2] == UInt8(ascii: "\""),
            let agentEnd = quoteEnd(view, referrerEnd + 3)
        else { return true }
        addUnlessDash(view, .agent, referrerEnd + 3, agentEnd)
        return true
    }

    private mutating func addUnlessDash(
        _ view: ByteView, _ name: LogFieldName, _ start: Int, _ end: Int, _ form: LogField.Form = .text
    ) {
        if end - start == 1, view[start] == UInt8(ascii: "-") { return }
        add(name, start, end, form)
    }

    /// `GET /a HTTP/1.1`; what is no request is left alone.
    private mutating func readRequest(_ view: ByteView, _ start: Int, _ end: Int) {
        var place = start
        while place < end, LogByte.isUpper(view[place]) { place += 1 }
        guard place > start, place - start <= 16, view[place] == 0x20 else { return }
        add(.method, start, place)
        var last = end
        while last > place + 1, view[last - 1] != 0x20 { last -= 1 }
        if last > place + 1, view.word(at: last) & 0xFF_FFFF_FFFF == 0x2F_5054_5448 {  // HTTP/
            add(.path, place + 1, last - 1)
            add(.protocol, last, end)
        } else {
            add(.path, place + 1, end)
        }
    }

    /// The quote that ends the text at `start`, escapes counted.
    func quoteEnd(_ view: ByteView, _ start: Int) -> Int? {
        var place = start
        while place < view.count {
            let byte = view[place]
            if byte == UInt8(ascii: "\"") { return place }
            place += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
