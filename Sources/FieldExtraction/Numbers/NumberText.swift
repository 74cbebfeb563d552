/// Numbers from text and to text: strict as JSON, lenient for strings that hold a number, and fast to print.
///
///     NumberText.parse(bytes)                          // 17420.0 and 1e-05 are numbers; 007, +5 and .5 are not
///     NumberText.appendDecimal(4123, -2, to: &output)  // 41.23
///
/// Independent of the locale. Reading costs about 5 ns, printing 5–20 ns.
public enum NumberText {
    /// The number that the whole of `bytes` is by RFC 8259, its text in the slot; nil if it is none.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> FieldSlot? {
        let view = unsafe ByteView(bytes)
        let number = ScannedNumber(view, at: 0)
        return number.isValid && number.end == view.count ? number.slot(view, from: 0) : nil
    }

    /// Whether the whole of `bytes` is a number by RFC 8259.
    public static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let view = unsafe ByteView(bytes)
        let number = ScannedNumber(view, at: 0)
        return number.isValid && number.end == view.count
    }

    /// The value of a string that holds a number: spaces around it, a plus sign, leading zeros and a bare point are let pass.
    ///
    ///     " 007 " → 7, "+5" → 5, ".5" → 0.5; "", "x", "1 2", "0x10" and "nan" → nil
    public static func lenientDouble(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        unsafe lenient(unsafe bytes)?.number
    }

    /// The number in a string as a slot without text.
    static func lenient(_ bytes: UnsafeBufferPointer<UInt8>) -> FieldSlot? {
        let trimmed = unsafe ByteView(bytes).trimmed()
        if let slot = unsafe parse(trimmed) { return slot }
        return unsafe respelled(unsafe trimmed)
    }

    /// The number after leading zeros, a plus sign and a bare point are written as JSON wants them. Rare, so it may copy.
    private static func respelled(_ bytes: UnsafeBufferPointer<UInt8>) -> FieldSlot? {
        guard bytes.count < 400 else { return nil }
        var rest = unsafe bytes[...]
        var text: [UInt8] = []
        if let sign = unsafe rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            if sign == UInt8(ascii: "-") { text.append(sign) }
            unsafe rest.removeFirst()
        }
        guard let first = unsafe rest.first, let last = unsafe rest.last,
            first &- 48 <= 9 || first == UInt8(ascii: ".") && last &- 48 <= 9
        else { return nil }
        while unsafe rest.count > 1, unsafe rest.first == 48, unsafe rest[rest.startIndex + 1] &- 48 <= 9 {
            unsafe rest.removeFirst()
        }
        if unsafe rest.first == UInt8(ascii: ".") { text.append(48) }
        for place in unsafe rest.indices { text.append(unsafe rest[place]) }
        if text.last == UInt8(ascii: "."), text.count > 1 { text.removeLast() }
        return unsafe text.withUnsafeBufferPointer { bytes in
            guard let slot = unsafe parse(bytes) else { return nil }
            return FieldSlot(kind: slot.kind, bits: slot.bits)
        }
    }

    /// Appends an integer.
    public static func appendInteger(_ value: Int64, to output: inout [UInt8]) {
        var digits = DigitBuffer()
        digits.prepend(value.magnitude)
        if value < 0 { digits.prepend(byte: UInt8(ascii: "-")) }
        digits.append(to: &output)
    }

    /// Appends a double in the fewest digits that read back as the same double; whole ones keep a fraction: `5.0`.
    ///
    /// JSON has no word for what is not finite: `null`.
    public static func append(_ value: Double, to output: inout [UInt8]) {
        let magnitude = value.magnitude
        // The shortest spelling of up to 15 digits is the first that reads back; 2^49 keeps the products exact enough.
        if magnitude < 1e15, magnitude >= 1e-4 || value == 0 {
            for places in 0..<7 {
                let scaled = (magnitude * DecimalConversion.powers[places]).rounded()
                if scaled >= 1e15 { break }
                if scaled / DecimalConversion.powers[places] == magnitude {
                    if value.sign == .minus { output.append(UInt8(ascii: "-")) }
                    appendMagnitude(UInt64(scaled), places: places, to: &output)
                    if places == 0 { output += [UInt8(ascii: "."), 48] }
                    return
                }
            }
        }
        output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// Appends `mantissa × 10^exponent`, digit for digit: 4123 and -2 as `41.23`, 5 and 3 as `5000`, 50 and -1 as `5.0`.
    ///
    /// From a million millions up, or a millionth of a millionth down, in exponent notation: `5e40`.
    public static func appendDecimal(_ mantissa: Int64, _ exponent: Int, to output: inout [UInt8]) {
        if exponent > 12 || exponent < -18, mantissa != 0 {
            appendInteger(mantissa, to: &output)
            output.append(UInt8(ascii: "e"))
            appendInteger(Int64(exponent), to: &output)
            return
        }
        if mantissa < 0 { output.append(UInt8(ascii: "-")) }
        appendMagnitude(mantissa.magnitude, places: max(0, -exponent), to: &output)
        if exponent > 0, mantissa != 0 { output += repeatElement(48, count: exponent) }
    }

    /// The double nearest to `mantissa × 10^exponent`; infinite if too large, zero if too small.
    public static func double(mantissa: Int64, exponent: Int) -> Double {
        let magnitude: Double
        if let fast = DecimalConversion.magnitude(mantissa.magnitude, exponent) {
            magnitude = fast
        } else {
            magnitude = Double("\(mantissa.magnitude)e\(exponent)") ?? .nan
        }
        return mantissa < 0 ? -magnitude : magnitude
    }

    /// Appends `digits × 10^-places` with exactly that many places, at most 18.
    private static func appendMagnitude(_ digits: UInt64, places: Int, to output: inout [UInt8]) {
        var text = DigitBuffer()
        if places > 0 {
            let unit = DecimalConversion.integerPowers[min(places, 19)]
            text.prepend(digits % unit, width: places)
            text.prepend(byte: UInt8(ascii: "."))
            text.prepend(digits / unit)
        } else {
            text.prepend(digits)
        }
        text.append(to: &output)
    }
}
