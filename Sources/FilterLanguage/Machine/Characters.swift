internal import FieldExtraction

/// The characters of a string: of a slot where they stand or, if it is written with escapes, decoded into the scratch
/// memory, where the next decoding overwrites them.
@safe struct Characters {
    let start: UnsafePointer<UInt8>
    let count: Int

    init(start: UnsafePointer<UInt8>, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    @inline(__always)
    init(_ slot: FieldSlot, _ scratch: Scratch) {
        if slot.encoding == .plain, let start = unsafe slot.start {
            unsafe self.start = start
            count = Int(slot.length)
        } else {
            count = scratch.decode(slot)
            unsafe start = UnsafePointer(scratch.text)
        }
    }

    @inline(__always)
    subscript(place: Int) -> UInt8 { unsafe start[place] }
}
