import FieldExtraction

/// Writes the rows of one key as a JSON array of objects, value for value, and keeps to the bounds of an answer.
///
///     var writer = ReferenceRowWriter(rowLimit: 16, byteLimit: 1 << 20)
///     while writer.beginRow() {                      // false: no further row may be written
///         writer.beginValue(0, of: columns)
///         writer.append(integer: 42)
///         writer.endRow()
///     }
///     let rows = writer.finish()                     // nil: the first row alone is over the bound
///
/// What is written is valid JSON in valid UTF-8 without a newline, whatever bytes a store holds.
@safe public struct ReferenceRowWriter: Sendable {
    /// Bytes of a key's rows where nobody says otherwise; rows beyond are cut, which ``ReferenceRows/isCut`` says.
    public static let defaultByteLimit = 1 << 20

    private let rowLimit: Int
    private let byteLimit: Int
    private var json: [UInt8] = [UInt8(ascii: "[")]
    private var count = 0
    private var isCut = false
    /// Where the open row begins.
    private var rowStart = 1
    private var isFirstValue = true

    /// What the rows say of their version; whoever writes the first row sets it.
    public var version: String?

    /// Begins the rows of a key.
    public init(rowLimit: Int, byteLimit: Int = defaultByteLimit) {
        self.rowLimit = rowLimit
        self.byteLimit = byteLimit
    }

    /// Whether nothing was written yet.
    public var isEmpty: Bool { count == 0 }

    /// Begins a row; false where the bounds are reached: then there were more rows than may be told.
    public mutating func beginRow() -> Bool {
        guard !isCut, count < rowLimit else {
            isCut = true
            return false
        }
        rowStart = json.count
        json.append(count == 0 ? UInt8(ascii: "{") : UInt8(ascii: ","))
        if count > 0 { json.append(UInt8(ascii: "{")) }
        isFirstValue = true
        return true
    }

    /// Ends a row, and takes it back where it is over the bound of bytes.
    public mutating func endRow() {
        json.append(UInt8(ascii: "}"))
        if json.count >= byteLimit {
            json.removeSubrange(rowStart...)
            isCut = true
        } else {
            count += 1
        }
    }

    /// The rows; nil where not even the first one is within the bound of bytes.
    public consuming func finish() -> ReferenceRows? {
        if count == 0, isCut { return nil }
        json.append(UInt8(ascii: "]"))
        return ReferenceRows(json: json, count: count, version: version, isCut: isCut)
    }

    // MARK: Values

    /// Begins the value of a column; one of the functions below follows.
    public mutating func beginValue(_ column: Int, of columns: ReferenceColumns) {
        if !isFirstValue { json.append(UInt8(ascii: ",")) }
        isFirstValue = false
        json += columns.members[column]
    }

    /// Writes `null`.
    public mutating func appendNull() { json.append("null") }

    /// Writes `true` or `false`.
    public mutating func append(boolean value: Bool) {
        if value { json.append("true") } else { json.append("false") }
    }

    /// Writes a whole number.
    public mutating func append(integer value: Int64) { NumberText.appendInteger(value, to: &json) }

    /// Writes a number; as a string where it is not finite: `"Infinity"`, `"NaN"`.
    public mutating func append(double value: Double) {
        if value.isFinite {
            NumberText.append(value, to: &json)
        } else {
            JSONString.append(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to: &json)
        }
    }

    /// Writes a number digit for digit; as a string where the text is no JSON number (`NaN`).
    public mutating func append(number text: UnsafeBufferPointer<UInt8>) {
        if unsafe NumberText.isNumber(text) {
            unsafe json.append(contentsOf: text)
        } else {
            unsafe JSONString.append(text, to: &json)
        }
    }

    /// Writes a text as a JSON string.
    public mutating func append(text: UnsafeBufferPointer<UInt8>) { unsafe JSONString.append(text, to: &json) }

    /// Writes what is JSON already, as it stands, its line breaks (which can only be white space) as blanks.
    public mutating func append(json text: UnsafeBufferPointer<UInt8>) {
        guard unsafe String(validating: text, as: UTF8.self) != nil else {
            json += Self.withoutBreaks(Array(unsafe String(decoding: text, as: UTF8.self).utf8))
            return
        }
        json += unsafe Self.withoutBreaks(Array(text))
    }

    /// Writes bytes as a string in Base64 (RFC 4648, padded).
    public mutating func append(base64 bytes: UnsafeBufferPointer<UInt8>) {
        json.append(UInt8(ascii: "\""))
        var place = 0
        while place < bytes.count {
            var group: UInt32 = 0
            let present = min(3, bytes.count - place)
            for offset in 0..<3 {
                group = group << 8 | (offset < present ? UInt32(unsafe bytes[place + offset]) : 0)
            }
            for digit in 0..<4 {
                json.append(
                    digit <= present ? Self.base64Digit(UInt8(group >> UInt32(18 - 6 * digit) & 63)) : UInt8(ascii: "=")
                )
            }
            place += 3
        }
        json.append(UInt8(ascii: "\""))
    }

    private static func base64Digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func withoutBreaks(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
        return text.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    }
}
