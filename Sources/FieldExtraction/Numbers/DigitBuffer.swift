/// A small buffer on the stack that digits are written into from the right.
@safe struct DigitBuffer {
    private var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private var start = DigitBuffer.capacity

    /// The most bytes: a sign, 20 digits, a point and 18 places fit.
    static let capacity = 48

    /// Puts one byte in front.
    @inline(__always)
    mutating func prepend(byte: UInt8) {
        start &-= 1
        let place = start
        unsafe withUnsafeMutableBytes(of: &bytes) {
            unsafe $0.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        }
    }

    /// Puts a number in front, with leading zeros up to `width` digits.
    @inline(__always)
    mutating func prepend(_ value: UInt64, width: Int = 1) {
        var rest = value
        let end = start
        repeat {
            let (quotient, digit) = (rest / 10, rest % 10)
            prepend(byte: UInt8(truncatingIfNeeded: 48 &+ digit))
            rest = quotient
        } while rest != 0 || end &- start < width
    }

    /// Puts a number below 100 in front, as two digits.
    @inline(__always)
    mutating func prependPair(_ value: UInt64) {
        prepend(byte: UInt8(truncatingIfNeeded: 48 &+ value % 10))
        prepend(byte: UInt8(truncatingIfNeeded: 48 &+ value / 10))
    }

    /// Appends what was written.
    @inline(__always)
    func append(to output: inout [UInt8]) {
        let start = start
        unsafe withUnsafeBytes(of: bytes) { buffer in
            unsafe output.append(contentsOf: unsafe UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
    }
}
