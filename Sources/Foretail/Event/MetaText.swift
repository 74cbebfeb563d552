import FieldExtraction

/// Stable memory for the texts of an event's metadata while its row is matched.
@safe final class MetaText {
    private var buffers: [UnsafeMutableBufferPointer<UInt8>] = unsafe []

    init() {}

    deinit {
        for index in unsafe buffers.indices { unsafe buffers[index].deallocate() }
    }

    /// Copies a text to the given place and returns a string slot that points at it, valid until that place is used again.
    func keep(_ text: [UInt8], at place: Int) -> FieldSlot {
        while unsafe buffers.count <= place { unsafe buffers.append(.allocate(capacity: 64)) }
        if unsafe buffers[place].count < text.count {
            unsafe buffers[place].deallocate()
            unsafe buffers[place] = .allocate(capacity: text.count * 2)
        }
        for index in text.indices { unsafe buffers[place][index] = text[index] }
        return unsafe FieldSlot(kind: .string, start: UnsafePointer(buffers[place].baseAddress), length: text.count)
    }
}
