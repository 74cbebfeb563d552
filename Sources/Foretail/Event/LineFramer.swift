public import FieldExtraction
internal import FilterLanguage

/// Turns a block of a producer's bytes into events: finds records, tells the format, puts what is not JSON into JSON.
///
///     var framer = LineFramer(descriptor, limits: limits)
///     batch.bytes = block                                     // filled bytes
///     let consumed = try framer.frame(filled: block.count, isEnd: false, batch: &batch)
///     // keep batch.bytes[consumed..<filled] for the next block
///
/// JSON lines are framed where they stand, without a copy. A CSV row becomes an object by header, a plain line
/// `{"message": …}` with what a ``LogLineReader`` recognises of it, a wrapped body (`unwrap`) the event itself; these texts are
/// appended behind the block.
public struct LineFramer: Sendable {
    private enum Mode {
        /// The format is not known yet.
        case undetermined
        /// Lines, each JSON or text.
        case lines
        /// One JSON value a line.
        case ndjson
        /// Plain lines.
        case text
        /// Rows under a header.
        case csv(CSVScanner)
    }

    private let descriptor: StreamDescriptor
    private let limits: ScanLimits
    private var mode: Mode
    private var unwrapper: JSONScanner?
    /// Reads plain lines; made with the first of them.
    private var lineReader: LogLineReader?
    private var line = 0
    private var isSkipping = false
    private var isAtStart = true

    /// Creates a framer for a stream.
    public init(_ descriptor: StreamDescriptor, limits: ScanLimits) {
        self.descriptor = descriptor
        self.limits = limits
        lineReader = descriptor.lineReader
        mode =
            switch descriptor.input {
            case .ndjson: .ndjson
            case .text: .text
            case .automatic, .csv: .undetermined
            }
        if let path = descriptor.unwrap { unwrapper = JSONScanner(plan: FieldPlan([path]), limits: limits) }
    }

    /// Frames the events of a block.
    ///
    /// - Parameters:
    ///   - filled: The bytes of `batch.bytes` that hold the block.
    ///   - isEnd: Whether nothing follows, so that the last line needs no newline.
    ///   - batch: Holds the block; gets frames, problems, and texts behind the block.
    /// - Returns: The bytes consumed; what stands behind them is the beginning of a record to come.
    /// - Throws: ``ForetailError`` (`source`) when the header of a CSV input cannot be read.
    public mutating func frame(filled: Int, isEnd: Bool, batch: inout EventBatch) throws(ForetailError) -> Int {
        batch.acceptsText = descriptor.input == .automatic
        var offset = 0
        if isAtStart, filled > 0 {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let seen = min(filled, 3)
            let mayBeMark = batch.bytes[0..<seen].elementsEqual(mark[0..<seen])
            if mayBeMark, seen < 3, !isEnd { return 0 }
            isAtStart = false
            if mayBeMark, seen == 3 { offset = 3 }
        }
        // The block is read through a copy of the array's reference; texts are collected apart and appended once.
        let block = batch.bytes
        var texts: [UInt8] = []
        var failure: ForetailError?
        unsafe block.withUnsafeBufferPointer { whole in
            let bytes = unsafe UnsafeBufferPointer(rebasing: whole[0..<filled])
            do throws(ForetailError) {
                offset = try unsafe frame(bytes, from: offset, isEnd: isEnd, texts: &texts, batch: &batch)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard !texts.isEmpty else { return offset }
        if batch.bytes.count > filled { batch.bytes.removeLast(batch.bytes.count - filled) }
        batch.bytes.append(contentsOf: texts)
        return offset
    }

    private mutating func frame(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isEnd: Bool, texts: inout [UInt8], batch: inout EventBatch
    ) throws(ForetailError) -> Int {
        var offset = start
        if case .undetermined = mode {
            guard try unsafe settleMode(bytes, from: &offset, isEnd: isEnd) else { return offset }
        }
        while offset < bytes.count {
            // Strict: what follows a bad record is not looked at.
            if descriptor.stopsAtBadEvents, !batch.problems.isEmpty { return bytes.count }
            var end = unsafe recordEnd(in: bytes, from: offset)
            if end == nil {
                if isEnd {
                    // A quote that was never closed costs its line, not those behind it.
                    end = unsafe LineSplitter.newline(in: bytes, from: offset) ?? bytes.count
                } else if bytes.count - offset > limits.line {
                    // A record without end: its head is framed, for the scanner to refuse, the rest skipped.
                    if !isSkipping { unsafe add(bytes, offset..<bytes.count, texts: &texts, batch: &batch) }
                    isSkipping = true
                    return bytes.count
                }
            }
            guard let end else { break }
            if isSkipping {
                isSkipping = false
            } else {
                let record = unsafe LineSplitter.line(in: bytes, from: offset, to: end)
                unsafe add(bytes, offset..<offset + record.count, texts: &texts, batch: &batch)
            }
            offset = min(end + 1, bytes.count)
        }
        return offset
    }

    private func recordEnd(in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int? {
        guard case .csv(let scanner) = mode else { return unsafe LineSplitter.newline(in: bytes, from: offset) }
        if let end = unsafe scanner.recordEnd(in: bytes, from: offset), end - offset <= limits.line { return end }
        // A quote that never closes would swallow the rest of the input: give up its first line instead.
        return bytes.count - offset > limits.line ? unsafe LineSplitter.newline(in: bytes, from: offset) : nil
    }

    /// Tells the format from the first lines.
    ///
    /// - Parameter offset: Where to begin; moves behind blank lines, and behind a header.
    /// - Returns: Whether the format is known; if not, more bytes are needed to tell.
    private mutating func settleMode(
        _ bytes: UnsafeBufferPointer<UInt8>, from offset: inout Int, isEnd: Bool
    ) throws(ForetailError) -> Bool {
        while offset < bytes.count {
            guard let end = unsafe LineSplitter.newline(in: bytes, from: offset) ?? (isEnd ? bytes.count : nil) else {
                return bytes.count - offset > limits.line ? settle(.lines) : false
            }
            let first = unsafe LineSplitter.line(in: bytes, from: offset, to: end)
            let next = min(end + 1, bytes.count)
            guard unsafe !Self.isBlank(first) else {
                line += 1
                offset = next
                continue
            }
            if descriptor.input == .csv { return try unsafe settleCSV(first, next: next, offset: &offset) }
            guard unsafe LineFormat.detect(first: first, limits: limits) == .csv || Self.mayBeHeader(first) else {
                return settle(.lines)
            }
            let secondEnd = unsafe LineSplitter.newline(in: bytes, from: next)
            guard secondEnd != nil || isEnd else { return false }
            let hasSecond = next < bytes.count
            let second =
                hasSecond ? unsafe LineSplitter.line(in: bytes, from: next, to: secondEnd ?? bytes.count) : nil
            guard unsafe LineFormat.detect(first: first, second: second, limits: limits) == .csv else {
                return settle(.lines)
            }
            return try unsafe settleCSV(first, next: next, offset: &offset)
        }
        return false
    }

    private mutating func settle(_ settled: Mode) -> Bool {
        mode = settled
        return true
    }

    private mutating func settleCSV(
        _ header: UnsafeBufferPointer<UInt8>, next: Int, offset: inout Int
    ) throws(ForetailError) -> Bool {
        do throws(FieldExtractionError) {
            var scanner = try unsafe CSVScanner(header: header, plan: FieldPlan(), limits: limits)
            for (column, name) in scanner.header.names.enumerated() {
                guard let kinds = descriptor.schema?[FieldPath(name)]?.kinds else { continue }
                if kinds.contains(.number) != kinds.contains(.text) {
                    scanner.fix(column: column, as: kinds.contains(.number) ? .number : .text)
                }
            }
            mode = .csv(scanner)
            line += 1
            offset = next
            return true
        } catch {
            throw ForetailError(.source, "\(descriptor.name): \(error)")
        }
    }

    /// Whether a first line has a comma, semicolon or tab at all; only then its successor is waited for.
    private static func mayBeHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard unsafe line.first != UInt8(ascii: "{") else { return false }
        for index in 0..<line.count {
            let byte = unsafe line[index]
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == 0x09 { return true }
        }
        return false
    }

    private static func isBlank(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in 0..<line.count {
            let byte = unsafe line[index]
            if byte != 0x20, byte != 0x09, byte != 0x0D { return false }
        }
        return true
    }

    // MARK: Records

    private mutating func add(
        _ bytes: UnsafeBufferPointer<UInt8>, _ raw: Range<Int>, texts: inout [UInt8], batch: inout EventBatch
    ) {
        line += 1
        let number = line
        let record = unsafe UnsafeBufferPointer(rebasing: bytes[raw])
        guard unsafe !Self.isBlank(record) else { return }
        let start = texts.count
        switch mode {
        case .csv(var scanner):
            mode = .undetermined  // Gives up the second reference, so that the scanner is changed in place.
            unsafe addRow(record, scanner: &scanner, texts: &texts, batch: &batch)
            mode = .csv(scanner)
            if texts.count == start { return }
        case .text:
            unsafe appendLine(record, to: &texts)
        case .lines where unsafe Self.firstByte(record) != UInt8(ascii: "{"):
            unsafe appendLine(record, to: &texts)
        case .lines, .ndjson, .undetermined:
            unsafe unwrap(record, to: &texts)
        }
        // Texts stand behind the block once it is complete.
        let body = texts.count > start ? bytes.count + start..<bytes.count + texts.count : raw
        batch.frames.append(EventBatch.Frame(body: body, raw: raw, line: number))
    }

    private mutating func addRow(
        _ record: UnsafeBufferPointer<UInt8>, scanner: inout CSVScanner, texts: inout [UInt8], batch: inout EventBatch
    ) {
        var none = FieldSlot.missing
        let result = unsafe scanner.scan(record, into: &none)
        if result.isValid {
            unsafe scanner.appendJSON(record, to: &texts)
        } else {
            batch.problems.append(BadEvent(line: line, position: Position(sequence: 0), result: result))
        }
        // A row that spans lines counts for as many.
        for index in 0..<record.count where unsafe record[index] == 0x0A { line += 1 }
    }

    private static func firstByte(_ record: UnsafeBufferPointer<UInt8>) -> UInt8? {
        for index in 0..<record.count {
            let byte = unsafe record[index]
            if byte != 0x20, byte != 0x09 { return byte }
        }
        return nil
    }

    private mutating func appendLine(_ line: UnsafeBufferPointer<UInt8>, to texts: inout [UInt8]) {
        if lineReader == nil { lineReader = LogLineReader(detail: descriptor.lineDetail, limits: limits) }
        unsafe lineReader!.append(line, to: &texts)
    }

    /// Takes the body out of the string field it is wrapped in; leaves the event as it is where the field is missing.
    private mutating func unwrap(_ record: UnsafeBufferPointer<UInt8>, to texts: inout [UInt8]) {
        guard unwrapper != nil else { return }
        var slot = FieldSlot.missing
        guard unsafe unwrapper!.scan(record, into: &slot).isValid, slot.kind == .string else { return }
        var inner: [UInt8] = []
        JSONString.decode(slot, into: &inner)
        while let last = inner.last, last == 0x0A || last == 0x0D { inner.removeLast() }
        unsafe inner.withUnsafeBufferPointer { inner in
            if unsafe Self.firstByte(inner) == UInt8(ascii: "{"), unsafe Self.isJSON(inner, limits: limits) {
                unsafe texts.append(contentsOf: inner)
            } else {
                unsafe appendLine(inner, to: &texts)
            }
        }
    }

    private static func isJSON(_ text: UnsafeBufferPointer<UInt8>, limits: ScanLimits) -> Bool {
        var scanner = JSONScanner(plan: FieldPlan(), limits: limits)
        var none = FieldSlot.missing
        return unsafe scanner.scan(text, into: &none).isValid
    }
}
