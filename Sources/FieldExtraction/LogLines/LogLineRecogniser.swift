/// The fields that a plain line begins with, told by its form alone, and where its message begins.
///
///     83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 203    client, time, method, path, …
///     Jun 14 15:16:01 combo sshd[19939]: check pass                              time, host, app, pid
///     081109 203615 148 INFO dfs.DataNode: Served block                          time, pid, level, logger
///     web-1  | {"level":"info"}                                                  container, and the JSON's own
///
/// Each line is looked at by itself; nothing is configured. What is recognised stands in docs/log-lines.md. Where a form is
/// begun and not kept, the line is a message without fields. Costs about 0.1 µs; looks at most at 4 KiB of a line.
struct LogLineRecogniser {
    /// The most bytes of a line in which fields are looked for.
    static let headLimit = 4_096
    /// The most fields of a line.
    static let fieldLimit = 48

    /// What was found in the last line, in the order in which it stands there.
    var fields: [LogField] = []
    /// The part of the line that is message: what templates are made of.
    var contentStart = 0
    var contentEnd = 0
    /// Where a JSON text begins that the rest of the line is, or may be; -1: none does.
    var jsonStart = -1
    /// Whether the fields say all that the message holds.
    var saysAll = false
    var times = LogTimeReader()

    init() { fields.reserveCapacity(Self.fieldLimit) }

    /// Looks at a line.
    mutating func read(_ view: ByteView) {
        fields.removeAll(keepingCapacity: true)
        jsonStart = -1
        saysAll = false
        contentEnd = view.count
        contentStart = readContainer(view)
        let start = contentStart
        if view[start] == UInt8(ascii: "{"), start > 0 { jsonStart = start }
        let known = fields.count
        if readForm(view, start) {
            if known > 0 { dropRepeated(known) }
            return
        }
        fields.removeLast(fields.count - known)
        contentStart = start
        contentEnd = view.count
    }

    /// Drops fields of the prefix that the line itself has as well.
    private mutating func dropRepeated(_ known: Int) {
        var place = known - 1
        while place >= 0 {
            let name = fields[place].name
            for other in known..<fields.count where fields[other].name == name {
                fields.remove(at: place)
                return dropRepeated(known - 1)
            }
            place -= 1
        }
    }

    /// Reads what a known form begins with.
    ///
    /// - Returns: Whether the line has one.
    private mutating func readForm(_ view: ByteView, _ start: Int) -> Bool {
        let first = view[start]
        switch first {
        case UInt8(ascii: "<"): return readPriority(view, start)
        case UInt8(ascii: "["):
            return readBracketed(view, start)
        case UInt8(ascii: "-"): return readLabelled(view, start)
        case 48...57:
            return readAccess(view, start) || readDated(view, start) || readCluster(view, start)
        case 65...90, 97...122:
            if readKlog(view, start) { return true }
            if let stamp = times.syslog(view, start), view[stamp.end] == 0x20 {
                add(.time, stamp)
                return readSyslog(view, stamp.end + 1)
            }
            if readLevelled(view, start) || readAccess(view, start) || readNamed(view, start) { return true }
            return readLabelled(view, start) || readLogfmt(view, start)
        default: return readAccess(view, start) || readLogfmt(view, start)
        }
    }

    // MARK: Helpers

    mutating func add(_ name: LogFieldName, _ start: Int, _ end: Int, _ form: LogField.Form = .text) {
        guard fields.count < Self.fieldLimit, end > start else { return }
        fields.append(LogField(name: name, form: form, start: Int32(start), end: Int32(end)))
    }

    mutating func add(_ name: LogFieldName, _ stamp: LogTimeReader.Stamp) {
        guard fields.count < Self.fieldLimit else { return }
        fields.append(LogField(name: name, form: .time, value: stamp.microseconds))
    }

    /// Where the word that begins at `start` ends.
    @inline(__always)
    func wordEnd(_ view: ByteView, _ start: Int) -> Int {
        let limit = min(view.count, start + Self.headLimit)
        var place = start
        while place < limit, !LogByte.isSpace(view[place]) { place += 1 }
        return place
    }

    @inline(__always)
    func skipSpaces(_ view: ByteView, _ start: Int) -> Int {
        var place = start
        while view[place] == 0x20 || view[place] == 0x09 { place += 1 }
        return place
    }

    /// The bracket that closes the one at `start`, at most 512 bytes away, others within counted.
    func closingBracket(_ view: ByteView, _ start: Int) -> Int? {
        var depth = 0
        for place in start..<min(view.count, start + 512) {
            if view[place] == UInt8(ascii: "[") { depth += 1 }
            if view[place] == UInt8(ascii: "]") {
                depth -= 1
                if depth == 0 { return place }
            }
        }
        return nil
    }

    func isNumber(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        guard end > start, end - start <= 10 else { return false }
        for place in start..<end where !LogByte.isDigit(view[place]) { return false }
        return true
    }
}
