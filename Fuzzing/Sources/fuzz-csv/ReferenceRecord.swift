/// A CSV record taken apart by a plain state machine, to compare the scanner with.
enum ReferenceRecord {
    /// One field: its characters, and whether it was quoted.
    struct Field {
        var text: [UInt8] = []
        var isQuoted = false
    }

    /// The fields of a record without its line end; nil if it is not RFC 4180.
    static func fields(_ record: [UInt8], delimiter: UInt8) -> [Field]? {
        var fields: [Field] = []
        var field = Field()
        var place = 0
        while true {
            if place < record.count, record[place] == 0x22 {
                field.isQuoted = true
                place += 1
                while true {
                    guard place < record.count, record[place] != 0 else { return nil }
                    if record[place] == 0x22 {
                        guard place + 1 < record.count, record[place + 1] == 0x22 else { break }
                        place += 1
                    }
                    field.text.append(record[place])
                    place += 1
                }
                place += 1
            } else {
                while place < record.count, record[place] != delimiter {
                    if record[place] == 0x22 || record[place] == 0 { return nil }
                    field.text.append(record[place])
                    place += 1
                }
            }
            fields.append(field)
            field = Field()
            if place == record.count { return fields }
            guard record[place] == delimiter else { return nil }
            place += 1
        }
    }

    /// The line without a byte order mark before it and a line end behind it.
    static func withoutFrame(_ line: [UInt8]) -> [UInt8] {
        var line = line
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        if line.last == 0x0A { line.removeLast() }
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}
