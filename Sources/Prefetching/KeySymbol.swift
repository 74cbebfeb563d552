/// The symbols of keys that are text.
///
///     KeySymbol.of("4711".utf8)       // 4711: differences between such keys mean something
///     KeySymbol.of("user-17".utf8)    // a hash
///
/// A whole number as it is usually written is its own symbol, anything else a 64-bit hash (FNV-1a, mixed with the seed). Two keys of
/// a million share a symbol with a chance of 3 in 10^8; who serves values compares the key itself.
public enum KeySymbol {
    /// The symbol of a key. Cost: a nanosecond a byte.
    public static func of(_ key: some Collection<UInt8>, seed: UInt64 = 0) -> UInt64 {
        if let number = wholeNumber(key) { return UInt64(bitPattern: number) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return SymbolHash.mixed(hash ^ SymbolHash.mixed(seed))
    }

    /// The key as a number, if that is printed as the key is: no sign +, no leading zeros.
    private static func wholeNumber(_ key: some Collection<UInt8>) -> Int64? {
        guard let first = key.first, key.count <= 20 else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = isNegative ? key.dropFirst() : key[...]
        guard let leading = digits.first, leading != UInt8(ascii: "0") || (digits.count == 1 && !isNegative) else {
            return nil
        }
        var number: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let value = Int64(digit - UInt8(ascii: "0"))
            let (ten, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (next, isBeyond) = ten.subtractingReportingOverflow(value)
            if isTooLarge || isBeyond { return nil }
            number = next
        }
        // Counted below zero, where there is one number more.
        if isNegative { return number }
        return number == .min ? nil : -number
    }
}
