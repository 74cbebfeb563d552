#if Server
/// What an address is for, as far as it is for anything but one machine of the public Internet.
///
/// Source: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890), and what clouds document of their
/// metadata services.
enum AddressKind: String, Sendable, CaseIterable {
    case unspecified = "unspecified"
    case loopback = "loopback"
    case privateUse = "private"
    case uniqueLocal = "unique-local"
    case linkLocal = "link-local"
    case shared = "shared by a carrier"
    case metadata = "a cloud's metadata service"
    case multicast = "multicast"
    case broadcast = "broadcast"
    case documentation = "for documentation"
    case benchmarking = "for benchmarks"
    case mapped = "IPv4-mapped"
    case compatible = "IPv4-compatible"
    case translated = "translated to IPv4 (NAT64)"
    case sixToFour = "6to4"
    case teredo = "Teredo"
    case reserved = "reserved"

    /// The kind of an address; nil: one of the public Internet.
    init?(_ address: InternetAddress) {
        let table = address.isV4 ? Self.v4 : Self.v6
        if let entry = table.first(where: { $0.block.contains(address) }) {
            self = entry.kind
        } else if !address.isV4, !Self.globalUnicast.contains(address) {
            self = .reserved
        } else {
            return nil
        }
    }

    private static let globalUnicast = AddressBlock("2000::/3")!

    private static func table(_ entries: [(String, AddressKind)]) -> [(block: AddressBlock, kind: AddressKind)] {
        entries.map { text, kind in
            guard let block = AddressBlock(text) else { preconditionFailure("\(text) is no block of addresses") }
            return (block, kind)
        }
    }

    /// The first block that contains an address decides.
    private static let v4 = table([
        ("169.254.169.254/32", .metadata), ("169.254.170.2/32", .metadata), ("100.100.100.200/32", .metadata),
        ("168.63.129.16/32", .metadata), ("192.0.0.192/32", .metadata),
        ("0.0.0.0/8", .unspecified), ("10.0.0.0/8", .privateUse), ("100.64.0.0/10", .shared),
        ("127.0.0.0/8", .loopback), ("169.254.0.0/16", .linkLocal), ("172.16.0.0/12", .privateUse),
        ("192.0.0.0/24", .reserved), ("192.0.2.0/24", .documentation), ("192.88.99.0/24", .sixToFour),
        ("192.168.0.0/16", .privateUse), ("198.18.0.0/15", .benchmarking), ("198.51.100.0/24", .documentation),
        ("203.0.113.0/24", .documentation), ("224.0.0.0/4", .multicast), ("255.255.255.255/32", .broadcast),
        ("240.0.0.0/4", .reserved),
    ])

    private static let v6 = table([
        ("fd00:ec2::254/128", .metadata), ("fd20:ce::254/128", .metadata), ("fd00:42::42/128", .metadata),
        ("::/128", .unspecified), ("::1/128", .loopback), ("::ffff:0:0/96", .mapped), ("::ffff:0:0:0/96", .translated),
        ("::/96", .compatible), ("64:ff9b::/96", .translated), ("64:ff9b:1::/48", .translated),
        ("100::/64", .reserved), ("2001::/32", .teredo), ("2001::/23", .reserved), ("2001:db8::/32", .documentation),
        ("2002::/16", .sixToFour), ("3fff::/20", .documentation), ("5f00::/16", .reserved),
        ("fc00::/7", .uniqueLocal), ("fe80::/10", .linkLocal), ("fec0::/10", .privateUse), ("ff00::/8", .multicast),
    ])
}
#endif
