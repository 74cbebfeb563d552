import FieldExtraction

/// A growing block of bytes that records are written into: literals, numbers, times, JSON strings.
///
/// Written once per record and then copied to its destination's buffer; every append is a few stores, because rendering is a
/// third of an event's cost when predictions are asked for.
@safe struct RecordWriter: ~Copyable {
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes written so far.
    private(set) var count = 0
    /// The day of the time printed last and its printed form with the `T`: most times of a run fall on few days.
    private var day = Int64.min
    private var dayText: UnsafeMutablePointer<UInt8>
    private var dayCount = 0

    private static let microsecondsPerDay: Int64 = 86_400_000_000
    private static let dayTextCapacity = 32

    init() {
        capacity = 4_096
        unsafe bytes = .allocate(capacity: 4_096)
        unsafe dayText = .allocate(capacity: Self.dayTextCapacity)
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe dayText.deallocate()
    }

    /// Appends what was written to `output` and begins anew.
    mutating func flush(into output: inout [UInt8]) {
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        count = 0
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count &+ more > capacity { grow(more) }
    }

    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe fresh.update(from: bytes, count: count)
        unsafe bytes.deallocate()
        unsafe bytes = fresh
        capacity = larger
    }

    /// Appends a literal.
    @inline(__always)
    mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        reserve(length)
        unsafe (bytes + count).update(from: literal.utf8Start, count: length)
        count &+= length
    }

    /// Appends one byte.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe bytes[count] = byte
        count &+= 1
    }

    /// Appends bytes as they are.
    @inline(__always)
    mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        guard let start = text.baseAddress else { return }
        reserve(text.count)
        unsafe (bytes + count).update(from: start, count: text.count)
        count &+= text.count
    }

    /// Appends bytes as they are.
    @inline(__always)
    mutating func append(_ text: borrowing [UInt8]) {
        let length = text.count
        reserve(length)
        let end = unsafe bytes + count
        unsafe text.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { unsafe end.update(from: start, count: length) }
        }
        count &+= length
    }

    /// Appends a text as a JSON string.
    mutating func append(json text: UnsafeBufferPointer<UInt8>) {
        guard unsafe Self.isPlain(text) else {
            var quoted: [UInt8] = []
            unsafe JSONString.append(text, to: &quoted)
            append(quoted)
            return
        }
        append(UInt8(ascii: "\""))
        unsafe append(text)
        append(UInt8(ascii: "\""))
    }

    /// Appends a text as a JSON string.
    mutating func append(json text: borrowing [UInt8]) {
        unsafe text.withUnsafeBufferPointer { unsafe append(json: $0) }
    }

    /// Whether a text needs no escapes: printable ASCII without quote and backslash. Eight bytes at a time (SWAR).
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = unsafe UnsafeRawPointer(text.baseAddress) else { return true }
        var offset = 0
        while offset &+ 8 <= text.count {
            let word = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if special(word) { return false }
            offset &+= 8
        }
        var tail: UInt64 = 0x2020_2020_2020_2020
        while offset < text.count {
            tail = tail << 8 | UInt64(unsafe start.load(fromByteOffset: offset, as: UInt8.self))
            offset &+= 1
        }
        return !special(tail)
    }

    @inline(__always)
    private static func special(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let low = (word &- ones &* 0x20) & ~word
        let found = low | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | word
        return found & 0x8080_8080_8080_8080 != 0
    }

    // MARK: Numbers

    /// Appends a whole number.
    @inline(__always)
    mutating func append(integer value: Int64) {
        append(mantissa: value, decimals: 0)
    }

    /// Appends `mantissa` with its last `decimals` digits behind a point.
    mutating func append(mantissa: Int64, decimals: Int) {
        reserve(48)
        var rest = mantissa.magnitude
        if mantissa < 0 {
            unsafe bytes[count] = UInt8(ascii: "-")
            count &+= 1
        }
        // From the last digit to the first, then moved into place.
        let end = unsafe bytes + (count &+ 44)
        var start = unsafe end
        var digits = 0
        // The digits behind the point one by one, those before it in pairs.
        while digits < decimals {
            let quotient = rest / 10
            unsafe start -= 1
            unsafe start.pointee = UInt8(truncatingIfNeeded: rest &- quotient &* 10) &+ 48
            rest = quotient
            digits &+= 1
        }
        if decimals > 0 {
            unsafe start -= 1
            unsafe start.pointee = UInt8(ascii: ".")
        }
        while rest >= 100 {
            let quotient = rest / 100
            let pair = rest &- quotient &* 100
            unsafe start -= 2
            unsafe start[0] = UInt8(truncatingIfNeeded: pair / 10) &+ 48
            unsafe start[1] = UInt8(truncatingIfNeeded: pair % 10) &+ 48
            rest = quotient
        }
        if rest >= 10 {
            unsafe start -= 1
            unsafe start.pointee = UInt8(truncatingIfNeeded: rest % 10) &+ 48
            rest /= 10
        }
        unsafe start -= 1
        unsafe start.pointee = UInt8(truncatingIfNeeded: rest) &+ 48
        let length = unsafe end - start
        unsafe (bytes + count).update(from: start, count: length)
        count &+= length
    }

    /// Appends a number exactly as it is judged.
    mutating func append(_ number: PrintedNumber) {
        let exponent = Int(number.exponent)
        if exponent <= 0, exponent >= -18 {
            append(mantissa: number.mantissa, decimals: -exponent)
        } else {
            var text: [UInt8] = []
            text.append(number)
            append(text)
        }
    }

    /// Appends `mantissa` with its last `decimals` digits behind a point, without zeros at the end but for one.
    mutating func append(trimmed mantissa: Int64, decimals: Int) {
        var mantissa = mantissa
        var decimals = decimals
        while decimals > 1 {
            let quotient = mantissa / 10
            guard quotient &* 10 == mantissa else { break }
            mantissa = quotient
            decimals &-= 1
        }
        append(mantissa: mantissa, decimals: decimals)
    }

    /// Appends a probability with up to four decimals.
    mutating func append(probability: Double) {
        append(trimmed: Int64((probability * 1e4).rounded()), decimals: 4)
    }

    /// Appends a share of probability with up to six decimals, nine where it is small.
    mutating func append(share: Double) {
        let decimals = Self.decimals(ofShare: share)
        append(trimmed: Int64((share * (decimals == 9 ? 1e9 : 1e6)).rounded(.down)), decimals: decimals)
    }

    /// A share of probability as it is printed.
    static func printed(share: Double) -> Double {
        let scale = decimals(ofShare: share) == 9 ? 1e9 : 1e6
        return (share * scale).rounded(.down) / scale
    }

    private static func decimals(ofShare share: Double) -> Int { share < 1e-3 ? 9 : 6 }

    /// Appends microseconds as seconds.
    mutating func append(seconds microseconds: Int64) {
        append(trimmed: microseconds, decimals: 6)
    }

    /// Appends a position.
    mutating func append(_ position: Position) {
        append(integer: Int64(position.partition))
        append(UInt8(ascii: ":"))
        append(integer: Int64(position.epoch))
        append(UInt8(ascii: "-"))
        append(integer: Int64(bitPattern: position.sequence))
    }

    // MARK: Times

    /// Appends an instant in RFC 3339, in quotes.
    mutating func append(_ time: Timestamp) {
        var days = time.microseconds / Self.microsecondsPerDay
        var rest = time.microseconds % Self.microsecondsPerDay
        if rest < 0 {
            rest += Self.microsecondsPerDay
            days -= 1
        }
        if days != day { setDay(days) }
        reserve(Self.dayTextCapacity + 24)
        unsafe bytes[count] = UInt8(ascii: "\"")
        unsafe (bytes + (count &+ 1)).update(from: dayText, count: dayCount)
        count &+= 1 &+ dayCount
        let seconds = rest / 1_000_000
        appendPair(seconds / 3_600)
        unsafe bytes[count] = UInt8(ascii: ":")
        count &+= 1
        appendPair(seconds / 60 % 60)
        unsafe bytes[count] = UInt8(ascii: ":")
        count &+= 1
        appendPair(seconds % 60)
        let fraction = rest % 1_000_000
        if fraction != 0 {
            unsafe bytes[count] = UInt8(ascii: ".")
            count &+= 1
            appendPair(fraction / 10_000)
            if fraction % 1_000 == 0 {
                unsafe bytes[count] = UInt8(truncatingIfNeeded: fraction / 1_000 % 10) &+ 48
                count &+= 1
            } else {
                appendPair(fraction / 100 % 100)
                appendPair(fraction % 100)
            }
        }
        unsafe bytes[count] = UInt8(ascii: "Z")
        unsafe bytes[count &+ 1] = UInt8(ascii: "\"")
        count &+= 2
    }

    @inline(__always)
    private mutating func appendPair(_ number: Int64) {
        unsafe bytes[count] = UInt8(truncatingIfNeeded: number / 10) &+ 48
        unsafe bytes[count &+ 1] = UInt8(truncatingIfNeeded: number % 10) &+ 48
        count &+= 2
    }

    private mutating func setDay(_ days: Int64) {
        day = days
        var text: [UInt8] = []
        Timestamp(microseconds: days &* Self.microsecondsPerDay).append(to: &text)
        // Up to and with the `T`: what follows is 00:00:00Z.
        dayCount = min(text.count - 9, Self.dayTextCapacity)
        for index in 0..<dayCount { unsafe dayText[index] = text[index] }
    }
}
