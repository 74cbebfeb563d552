internal import FieldExtraction

/// Looks for a text among the elements of a JSON array where it stands, without taking it apart.
enum ElementSearch {
    /// Whether the array holds the text as an element; nil if that takes more than reading: an object, or a string with
    /// escapes. The slot's text has been checked by the scanner, so that quotes and brackets are known to pair.
    static func find(_ text: UnsafePointer<UInt8>, _ count: Int, in slot: FieldSlot) -> Bool? {
        guard slot.kind == .array, let bytes = unsafe slot.start else { return nil }
        let end = Int(slot.length) - 1
        var place = 1
        var depth = 0
        while place < end {
            switch unsafe bytes[place] {
            case UInt8(ascii: "\""):
                let start = place + 1
                place = start
                while place < end, unsafe bytes[place] != UInt8(ascii: "\"") {
                    if unsafe bytes[place] == UInt8(ascii: "\\") { return nil }
                    place &+= 1
                }
                if depth == 0, place - start == count, unsafe FieldTest.equal(bytes + start, text, count) {
                    return true
                }
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth &+= 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth &-= 1
            default: break
            }
            place &+= 1
        }
        return false
    }
}
