extension FieldSlot {
    /// Whether the slot is a string of exactly these characters, given as UTF-8. Allocates nothing.
    ///
    /// Bytes are compared, not canonical equivalents: `é` in one and in two code points differ.
    public func equals(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard kind == .string else { return false }
        if encoding == .plain {
            guard Int(length) == bytes.count else { return false }
            let (left, right) = unsafe (ByteView(text), ByteView(bytes))
            var place = 0
            while place < left.count {
                if left.word(at: place) != right.word(at: place) { return false }
                place &+= 8
            }
            return true
        }
        // Decoding only ever shortens.
        if bytes.count > Int(length) { return false }
        var decoded = DecodedBytes(self)
        for place in 0..<bytes.count where unsafe decoded.next() != bytes[place] { return false }
        return decoded.next() == nil
    }

    /// Whether the slot is a string of exactly these characters, given as UTF-8. Allocates nothing.
    public func equals(_ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { unsafe equals($0) }
    }
}
