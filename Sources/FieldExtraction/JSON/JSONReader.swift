/// A plain reader of JSON text that a ``JSONScanner`` has checked: hands out one value after the other as slots.
///
/// Not for the path of events; used where an event is taken apart in full.
@safe package struct JSONReader {
    private let view: ByteView
    private var place = 0

    /// Creates a reader of a text that was checked.
    package init(_ text: UnsafeBufferPointer<UInt8>) { view = unsafe ByteView(text) }

    /// Steps into an object or array: over its opening bracket.
    package mutating func enter() {
        skipSpace()
        place += 1
    }

    /// Whether the open object or array has another element; steps over the comma before it or over the closing bracket.
    package mutating func hasNext() -> Bool {
        skipSpace()
        switch view[place] {
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            place += 1
            return false
        case 0: return false
        case UInt8(ascii: ","):
            place += 1
            skipSpace()
            return true
        default: return true
        }
    }

    /// Reads a key and its colon.
    package mutating func key() -> FieldSlot {
        let key = string()
        skipSpace()
        place += 1
        return key
    }

    /// Reads one value; of an object or array the whole span.
    package mutating func value() -> FieldSlot {
        skipSpace()
        switch view[place] {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "{"): return span(.object)
        case UInt8(ascii: "["): return span(.array)
        case UInt8(ascii: "t"): return word(.boolean, bits: 1, length: 4)
        case UInt8(ascii: "f"): return word(.boolean, bits: 0, length: 5)
        case UInt8(ascii: "n"): return word(.null, bits: 0, length: 4)
        default:
            let number = ScannedNumber(view, at: place)
            let slot = number.slot(view, from: place)
            place = number.end
            return slot
        }
    }

    private mutating func skipSpace() { place = JSONText.skipSpace(view, from: place) }

    private mutating func word(_ kind: FieldSlot.Kind, bits: UInt64, length: Int) -> FieldSlot {
        defer { place += length }
        return unsafe FieldSlot(kind: kind, bits: bits, start: view.base + place, length: length)
    }

    private mutating func string() -> FieldSlot {
        skipSpace()
        let start = place + 1
        let end = JSONText.stringEnd(view, from: start)
        place = max(start, end.offset) + 1
        return unsafe FieldSlot(
            kind: .string, start: view.base + start, length: max(0, end.offset - start),
            encoding: end.isEscaped ? .jsonEscaped : .plain)
    }

    /// Finds the end of an object or array by counting brackets outside strings.
    private mutating func span(_ kind: FieldSlot.Kind) -> FieldSlot {
        let start = place
        var depth = 0
        while place < view.count {
            switch view[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                _ = string()
                place -= 1
            default: break
            }
            place += 1
            if depth == 0 { break }
        }
        return unsafe FieldSlot(kind: kind, start: view.base + start, length: place - start)
    }
}
