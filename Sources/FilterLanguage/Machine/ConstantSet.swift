/// The constants of `x in [1, 2, 'a']`, found without walking the list: text by hash, numbers by value.
struct ConstantSet: Sendable {
    private var values: [Value] = []
    /// Sorted, and all numbers exact as doubles.
    private var numbers: [Double] = []
    private var texts: [[UInt8]] = []
    /// Open addressing over `texts`; -1 is empty.
    private var table: [Int32] = []
    private(set) var hasTrue = false
    private(set) var hasFalse = false
    private(set) var hasNull = false

    /// Creates the set; nil if some value is no scalar, or a number that a double does not hold exactly.
    init?(_ constants: [Value]) {
        for constant in constants {
            switch constant {
            case .string(let text): texts.append(Array(text.utf8))
            case .bool(let value): if value { hasTrue = true } else { hasFalse = true }
            case .null: hasNull = true
            case .int(let value):
                guard value.magnitude <= 1 << 53 else { return nil }
                numbers.append(Double(value))
            case .uint(let value):
                guard value <= 1 << 53 else { return nil }
                numbers.append(Double(value))
            case .double(let value):
                guard !value.isNaN else { continue }
                numbers.append(value)
            default: return nil
            }
        }
        values = constants
        numbers.sort()
        var size = 8
        while size < texts.count * 2 { size *= 2 }
        table = Array(repeating: -1, count: size)
        for (place, text) in texts.enumerated() {
            var position = ConstantSet.hash(text) & (size - 1)
            while table[position] >= 0 { position = (position + 1) & (size - 1) }
            table[position] = Int32(place)
        }
    }

    private static func hash(_ bytes: [UInt8]) -> Int {
        unsafe bytes.withUnsafeBufferPointer { unsafe hash($0.baseAddress, $0.count) }
    }

    /// FNV-1a over the ends of a text: the sets are small and equality is verified.
    private static func hash(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int {
        var hash = UInt64(truncatingIfNeeded: count) &+ 0xCBF2_9CE4_8422_2325
        guard let bytes = unsafe bytes else { return Int(hash >> 33) }
        var place = count > 24 ? count - 16 : 0
        for front in 0..<min(place, 8) { hash = (hash ^ UInt64(unsafe bytes[front])) &* 0x100_0000_01B3 }
        while place < count {
            hash = (hash ^ UInt64(unsafe bytes[place])) &* 0x100_0000_01B3
            place += 1
        }
        return Int((hash ^ hash >> 29) >> 16 & 0x7FFF_FFFF)
    }

    func contains(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Bool {
        let mask = table.count - 1
        var position = unsafe ConstantSet.hash(bytes, count) & mask
        while table[position] >= 0 {
            let text = texts[Int(table[position])]
            if text.count == count {
                var place = 0
                while place < count, unsafe text[place] == bytes.unsafelyUnwrapped[place] { place += 1 }
                if place == count { return true }
            }
            position = (position + 1) & mask
        }
        return false
    }

    func contains(_ number: Double) -> Bool {
        if numbers.count <= 8 {
            for other in numbers where other == number { return true }
            return false
        }
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number
    }

    /// Membership of any value, by CEL's equality.
    func contains(_ value: Value) -> Bool {
        for other in values where other.equals(value) { return true }
        return false
    }
}
