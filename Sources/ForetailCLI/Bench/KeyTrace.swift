import Foretail
import Prefetching

/// The keys of a trace, in order: CSV with a header, of which the column `event` is read.
struct KeyTrace {
    /// One a line.
    private(set) var symbols: [UInt64] = []
    /// How the key of a symbol stands in the file.
    private(set) var names: [UInt64: String] = [:]

    /// Reads a file.
    init(path: String) throws {
        let file = try BenchFile(path: path)
        guard let header = file.lines.first else {
            throw ForetailError(.source, "\(path): empty; expected the header ts,entity,event")
        }
        guard let column = Self.fields(header).firstIndex(where: { String(decoding: $0, as: UTF8.self) == "event" })
        else {
            throw ForetailError(.source, "\(path): no column event in its first line; expected ts,entity,event")
        }
        symbols.reserveCapacity(file.lines.count)
        for (number, line) in file.lines.enumerated().dropFirst() {
            let fields = Self.fields(line)
            guard fields.count > column else {
                throw ForetailError(.source, "\(path), line \(number + 1): \(fields.count) fields, and no event")
            }
            let symbol = KeySymbol.of(fields[column])
            symbols.append(symbol)
            if names[symbol] == nil { names[symbol] = String(decoding: fields[column], as: UTF8.self) }
        }
        guard !symbols.isEmpty else { throw ForetailError(.source, "\(path): no keys") }
    }

    /// How a key stands in the file, or would: a number that never came is printed.
    func name(_ symbol: UInt64) -> String { names[symbol] ?? String(Int64(bitPattern: symbol)) }

    /// A line's fields as they stand, quotes and all.
    private static func fields(_ line: UnsafeBufferPointer<UInt8>) -> [Slice<UnsafeBufferPointer<UInt8>>] {
        var fields: [Slice<UnsafeBufferPointer<UInt8>>] = []
        var start = 0
        var end = line.count
        if end > 0, line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        var isQuoted = false
        for place in 0..<end {
            switch line[place] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                fields.append(line[start..<place])
                start = place + 1
            default: break
            }
        }
        fields.append(line[start..<end])
        return fields
    }
}
