#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An IPv4 or IPv6 address as the numbers that a socket connects to.
///
///     InternetAddress("127.0.0.1")
///     InternetAddress("::ffff:7f00:1")?.embedded          // 127.0.0.1
struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
    /// The 32 or 128 bits, the first in the highest place.
    let bits: UInt128
    /// Whether it is an IPv4 address.
    let isV4: Bool

    /// Creates an IPv4 address.
    init(v4 bits: UInt32) {
        self.bits = UInt128(bits)
        isV4 = true
    }

    /// Creates an IPv6 address.
    init(v6 bits: UInt128) {
        self.bits = bits
        isV4 = false
    }

    /// Reads the standard forms, `192.0.2.1` and those of RFC 4291; nil for anything else, such as `0x7f.1` or a zone.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard !text.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(withUnsafeBytes(of: &v6) { Array($0) })
        } else {
            return nil
        }
    }

    /// Reads 4 or 16 bytes in the order of the network; nil for any other number.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        isV4 = bytes.count == 4
    }

    /// How many bits it has.
    var width: Int { isV4 ? 32 : 128 }

    /// The bytes in the order of the network.
    var bytes: [UInt8] { (0..<width / 8).reversed().map { UInt8(truncatingIfNeeded: bits >> UInt128($0 * 8)) } }

    /// The canonical text; of IPv6 that of RFC 5952, without brackets.
    var description: String {
        var text = [CChar](repeating: 0, count: 64)
        _ = bytes.withUnsafeBytes {
            inet_ntop(isV4 ? AF_INET : AF_INET6, $0.baseAddress!, &text, socklen_t(text.count))
        }
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// The IPv4 address that an IPv6 address carries packets to: mapped, compatible, NAT64, 6to4, Teredo's server and ISATAP's.
    ///
    /// Source: RFC 4291 2.5.5, RFC 6052 2.1, RFC 3056 2, RFC 4380 4, RFC 5214 6.1.
    var embedded: [InternetAddress] {
        guard !isV4 else { return [] }
        let low = InternetAddress(v4: UInt32(truncatingIfNeeded: bits))
        let isISATAP = (bits >> 32) & 0xFCFF_FFFF == 0x0000_5EFE
        switch bits >> 96 {
        case 0 where bits > 1 && bits >> 32 == 0: return [low]
        case 0 where bits >> 32 == 0xFFFF, 0 where bits >> 48 == 0xFFFF: return [low]
        case 0x0064_FF9B where (bits >> 32) & ((1 << 64) - 1) == 0: return [low]
        case 0x2001_0000:
            return [
                InternetAddress(v4: UInt32(truncatingIfNeeded: bits >> 64)),
                InternetAddress(v4: ~UInt32(truncatingIfNeeded: bits)),
            ]
        default:
            var found: [InternetAddress] = []
            if bits >> 112 == 0x2002 { found.append(InternetAddress(v4: UInt32(truncatingIfNeeded: bits >> 80))) }
            if isISATAP { found.append(low) }
            return found
        }
    }
}
#endif
