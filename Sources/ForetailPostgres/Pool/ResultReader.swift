#if Postgres
import CPostgres
import Foretail

/// Turns the server's rows into JSON: numbers, booleans and JSON keep their kinds, all else becomes strings.
struct ResultReader {
    private enum Kind {
        case boolean, number, json, text
    }

    let rowBytes: Int
    private var columns = ReferenceColumns([])
    private var kinds: [Kind] = []

    init(rowBytes: Int) { self.rowBytes = rowBytes }

    /// All rows of a result as those of one key; nil where the first row alone is too large.
    mutating func rows(_ result: OpaquePointer, limit: Int) -> ReferenceRows? {
        let count = PQntuples(result)
        guard count > 0 else { return ReferenceRows.none }
        learn(result)
        var writer = ReferenceRowWriter(rowLimit: limit, byteLimit: rowBytes)
        for row in 0..<count {
            guard write(result, row, &writer) else { break }
        }
        return writer.finish()
    }

    /// The rows of a result, sorted out by the key that the first column names.
    ///
    /// - Returns: For each key its rows (nil where the first is too large), and whether some row belongs to none of them.
    mutating func rows(
        _ result: OpaquePointer, of keys: [String], limit: Int
    ) -> (answers: [ReferenceRows?], hasStranger: Bool) {
        learn(result)
        var places: [RowKey: Int] = [:]
        places.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { places[RowKey(key)] = place }
        var writers = [ReferenceRowWriter?](repeating: nil, count: keys.count)
        var hasStranger = false
        for row in 0..<PQntuples(result) {
            guard PQgetisnull(result, row, 0) == 0,
                let place = places[RowKey(String(cString: PQgetvalue(result, row, 0)))]
            else {
                hasStranger = true
                continue
            }
            var writer = writers[place] ?? ReferenceRowWriter(rowLimit: limit, byteLimit: rowBytes)
            writers[place] = nil
            _ = write(result, row, &writer)
            writers[place] = writer
        }
        return (writers.map { writer in writer.map { $0.finish() } ?? ReferenceRows.none }, hasStranger)
    }

    private func write(_ result: OpaquePointer, _ row: Int32, _ writer: inout ReferenceRowWriter) -> Bool {
        let isFirst = writer.isEmpty
        guard writer.beginRow() else { return false }
        for (column, kind) in kinds.enumerated() {
            writer.beginValue(column, of: columns)
            guard PQgetisnull(result, row, Int32(column)) == 0 else {
                writer.appendNull()
                continue
            }
            let text = Self.bytes(result, row, Int32(column))
            switch kind {
            case .boolean: writer.append(boolean: text.first == UInt8(ascii: "t"))
            case .number: writer.append(number: text)
            case .json: writer.append(json: text)
            case .text: writer.append(text: text)
            }
        }
        writer.endRow()
        if isFirst, let version = columns.version, PQgetisnull(result, row, Int32(version)) == 0 {
            writer.version = String(decoding: Self.bytes(result, row, Int32(version)), as: UTF8.self)
        }
        return true
    }

    private static func bytes(_ result: OpaquePointer, _ row: Int32, _ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let start = UnsafeRawPointer(PQgetvalue(result, row, column)!)
        let count = Int(PQgetlength(result, row, column))
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// Takes the columns of a result, as a rule the same as of the one before.
    private mutating func learn(_ result: OpaquePointer) {
        let names = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        if names != columns.names { columns = ReferenceColumns(names) }
        kinds = (0..<PQnfields(result)).map { column in
            switch PQftype(result, column) {
            case 16: .boolean
            case 20, 21, 23, 26, 700, 701, 1700: .number
            case 114, 3802: .json
            default: .text
            }
        }
    }
}
#endif
