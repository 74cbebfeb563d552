#if Server
/// A block of addresses, as CIDR writes it: `10.0.0.0/8`, `fd00::/8`.
public struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    let base: InternetAddress
    let length: Int

    /// Reads `10.0.0.0/8`, or one address; nil for anything else, and for one with bits behind its length.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = InternetAddress(parts[0]) else { return nil }
        var length = base.width
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(parts[1]), number <= base.width
            else { return nil }
            length = number
        }
        self.base = base
        self.length = length
        guard Self.prefix(base.bits, length, of: base.width) << Self.shift(length, of: base.width) == base.bits
        else { return nil }
    }

    /// Whether an address lies in the block. IPv4 addresses lie in IPv4 blocks only.
    func contains(_ address: InternetAddress) -> Bool {
        guard address.isV4 == base.isV4 else { return false }
        let width = base.width
        return Self.prefix(address.bits, length, of: width) == Self.prefix(base.bits, length, of: width)
    }

    /// The block as CIDR writes it.
    public var description: String { "\(base)/\(length)" }

    private static func shift(_ length: Int, of width: Int) -> UInt128 { UInt128(width - length) }

    /// The first bits. A shift by the whole width gives 0.
    private static func prefix(_ bits: UInt128, _ length: Int, of width: Int) -> UInt128 {
        bits >> shift(length, of: width)
    }
}
#endif
