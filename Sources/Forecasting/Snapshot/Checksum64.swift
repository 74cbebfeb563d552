/// The cyclic redundancy check CRC-64/XZ over bytes.
///
/// ```swift
/// Checksum64.of(Array("123456789".utf8)[...])   // 0x995dc9bbdf1939fa
/// ```
///
/// Finds every error of one bit and every burst of up to 64 bits; any other with probability 1 − 2⁻⁶⁴. Eight bytes a turn
/// over eight tables (slicing). No protection against someone who means harm: what is read is checked besides.
/// Source: polynomial ECMA-182, reflected, as in the .xz format; Kounavis and Berry, "A Systematic Approach to Building High
/// Performance Software-Based CRC Generators", ISCC 2005.
package enum Checksum64 {
    private static let polynomial: UInt64 = 0xC96C_5795_D787_0F42

    /// `tables[256 * k + b]`: what byte `b` does to the remainder when `k` bytes follow it.
    private static let tables: [UInt64] = {
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt64(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1 }
            tables[byte] = remainder
        }
        for place in 256..<(8 * 256) {
            let before = tables[place - 256]
            tables[place] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    /// The checksum of some bytes. Cost: about 1 ns per byte and less.
    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe tables.withUnsafeBufferPointer { tables in
                var remainder = UInt64.max
                var place = 0
                while place + 8 <= bytes.count {
                    let word = unsafe UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                    remainder = unsafe eight(remainder ^ word, tables)
                    place += 8
                }
                while place < bytes.count {
                    let byte = UInt64(unsafe bytes[place])
                    remainder = unsafe remainder >> 8 ^ tables[Int((remainder ^ byte) & 0xFF)]
                    place += 1
                }
                return ~remainder
            }
        }
    }

    @inline(__always)
    private static func eight(_ word: UInt64, _ tables: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var result: UInt64 = 0
        for byte in 0..<8 {
            result ^= unsafe tables[(7 - byte) * 256 + Int(word >> UInt64(8 * byte) & 0xFF)]
        }
        return result
    }
}
