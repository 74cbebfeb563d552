/// Ranges of code points as sequences of byte ranges in UTF-8.
///
/// Source: R. Cox and K. Thompson; the same splitting as in RE2 and Rust's utf8-ranges.
enum ByteSequence {
    /// The sequences that together spell exactly the code points of `range`, surrogates left out.
    static func covering(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        var pending = [range]
        while let next = pending.popLast() {
            if let halves = split(next) {
                pending += halves
                continue
            }
            guard let low = Unicode.Scalar(next.lowerBound), let high = Unicode.Scalar(next.upperBound) else {
                continue
            }
            result.append(zip(Array(UTF8.encode(low)!), Array(UTF8.encode(high)!)).map { $0...$1 })
        }
        return result
    }

    /// Two or three parts of a range that is not yet one sequence; nil if it is.
    private static func split(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>]? {
        let (low, high) = (range.lowerBound, range.upperBound)
        if low <= 0xDFFF, high >= 0xD800 {
            var parts: [ClosedRange<UInt32>] = []
            if low < 0xD800 { parts.append(low...0xD7FF) }
            if high > 0xDFFF { parts.append(0xE000...high) }
            return parts
        }
        for border: UInt32 in [0x7F, 0x7FF, 0xFFFF] where low <= border && high > border {
            return [low...border, (border + 1)...high]
        }
        if high <= 0x7F { return nil }
        for shift: UInt32 in [6, 12, 18] {
            let mask: UInt32 = (1 << shift) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 { return [low...(low | mask), ((low | mask) + 1)...high] }
            if high & mask != mask { return [low...((high & ~mask) - 1), (high & ~mask)...high] }
        }
        return nil
    }
}
