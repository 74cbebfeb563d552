/// Strings between their characters and the ways events write them.
///
///     var text: [UInt8] = []
///     JSONString.decode(slot, into: &text)         // the characters, whatever the slot's encoding
///     JSONString.append(text, to: &output)         // as JSON: quoted and escaped
public enum JSONString {
    /// Appends the characters of a string slot as UTF-8; of other kinds the text as it stands.
    ///
    /// A lone surrogate escape becomes U+FFFD. The characters never take more bytes than the slot's text.
    public static func decode(_ slot: FieldSlot, into output: inout [UInt8]) {
        var reader = DecodedBytes(slot)
        if reader.isPlain {
            unsafe output.append(contentsOf: unsafe slot.text)
        } else {
            while let byte = reader.next() { output.append(byte) }
        }
    }

    /// The characters of a slot as a `String`, invalid UTF-8 replaced; for places where speed does not matter.
    public static func string(_ slot: FieldSlot) -> String {
        if slot.encoding == .plain { return unsafe String(decoding: slot.text, as: UTF8.self) }
        var bytes: [UInt8] = []
        decode(slot, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the characters of a checked JSON string's inside.
    static func decodeEscapes(_ text: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        decode(
            FieldSlot(kind: .string, start: text.baseAddress, length: text.count, encoding: .jsonEscaped),
            into: &output)
    }

    /// Appends `text` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD, one for each byte that fits nowhere.
    ///
    /// Only what JSON demands is escaped: quotes, backslashes, control characters. Costs little more than copying.
    public static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let view = unsafe ByteView(text)
        output.append(UInt8(ascii: "\""))
        var plain = 0
        var place = 0
        while place < view.count {
            let word = view.word(at: place)
            let stops = JSONText.stops(word)
            if stops == 0 {
                place += 8
                continue
            }
            let skip = stops.trailingZeroBitCount >> 3
            if skip > 0 {
                place += skip
                continue
            }
            let byte = UInt8(truncatingIfNeeded: word)
            let length = byte >= 0x80 ? UTF8Sequence.length(word) : 0
            if length > 0 {
                place += length
                continue
            }
            unsafe output.append(contentsOf: unsafe view.bytes(plain, place))
            appendEscape(byte, to: &output)
            place += 1
            plain = place
        }
        if view.count > plain { unsafe output.append(contentsOf: unsafe view.bytes(plain, view.count)) }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends `text` as a JSON string with quotes.
    public static func append(_ text: [UInt8], to output: inout [UInt8]) {
        unsafe text.withUnsafeBufferPointer { unsafe append($0, to: &output) }
    }

    /// Appends `text` as a JSON string with quotes.
    public static func append(_ text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { unsafe append($0, to: &output) }
    }

    /// Appends a slot as a JSON value: strings decoded and quoted anew where they are not JSON already, others as they stand.
    ///
    /// Numbers keep the text of the event if they have one. A missing slot becomes `null`.
    public static func append(_ slot: FieldSlot, to output: inout [UInt8]) {
        switch slot.kind {
        case .string where slot.encoding == .jsonEscaped:
            output.append(UInt8(ascii: "\""))
            unsafe output.append(contentsOf: unsafe slot.text)
            output.append(UInt8(ascii: "\""))
        case .string where slot.encoding == .plain: unsafe append(unsafe slot.text, to: &output)
        case .string:
            var decoded: [UInt8] = []
            decode(slot, into: &decoded)
            append(decoded, to: &output)
        case .integer where slot.length == 0: NumberText.appendInteger(Int64(bitPattern: slot.bits), to: &output)
        case .double where slot.length == 0: NumberText.append(Double(bitPattern: slot.bits), to: &output)
        case .integer, .double, .object, .array: unsafe output.append(contentsOf: unsafe slot.text)
        case .boolean:
            output.append(contentsOf: slot.bits == 1 ? [0x74, 0x72, 0x75, 0x65] : [0x66, 0x61, 0x6C, 0x73, 0x65])
        case .timestamp:
            output.append(UInt8(ascii: "\""))
            Timestamp(microseconds: Int64(bitPattern: slot.bits)).append(to: &output)
            output.append(UInt8(ascii: "\""))
        case .missing, .null: output.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
        }
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
        case 0x0A: output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case 0x0D: output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case 0x09: output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0x80...: output += [0xEF, 0xBF, 0xBD]
        default:
            let low = byte & 15
            output += [UInt8(ascii: "\\"), UInt8(ascii: "u"), 48, 48, 48 + byte >> 4, low < 10 ? 48 + low : 87 + low]
        }
    }
}
