#if Server
import Testing

@testable import ForetailServer

@Suite("Addresses that webhooks may be sent to") struct AddressPolicyTests {
    @Test(
        "What is not of the public Internet is refused by its kind",
        arguments: [
            ("0.0.0.0", AddressKind.unspecified), ("0.1.2.3", .unspecified), ("10.0.0.1", .privateUse),
            ("10.255.255.255", .privateUse), ("100.64.0.1", .shared), ("100.127.255.255", .shared),
            ("100.100.100.200", .metadata), ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
            ("169.254.169.254", .metadata), ("169.254.170.2", .metadata), ("169.254.1.1", .linkLocal),
            ("168.63.129.16", .metadata), ("172.16.0.1", .privateUse), ("172.31.255.255", .privateUse),
            ("192.0.0.1", .reserved), ("192.0.0.192", .metadata), ("192.0.2.1", .documentation),
            ("192.88.99.1", .sixToFour), ("192.168.1.1", .privateUse), ("198.18.0.1", .benchmarking),
            ("198.19.255.255", .benchmarking), ("198.51.100.1", .documentation), ("203.0.113.9", .documentation),
            ("224.0.0.1", .multicast), ("239.255.255.255", .multicast), ("240.0.0.1", .reserved),
            ("255.255.255.255", .broadcast), ("::", .unspecified), ("::1", .loopback),
            ("::ffff:127.0.0.1", .mapped), ("::ffff:8.8.8.8", .mapped), ("::ffff:7f00:1", .mapped),
            ("::127.0.0.1", .compatible), ("::8.8.8.8", .compatible), ("::ffff:0:127.0.0.1", .translated),
            ("64:ff9b::10.0.0.1", .translated), ("64:ff9b::808:808", .translated), ("64:ff9b:1::1", .translated),
            ("100::1", .reserved), ("2001::1", .teredo), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", .teredo),
            ("2001:10::1", .reserved), ("2001:db8::1", .documentation), ("2002:7f00:1::", .sixToFour),
            ("2002:808:808::1", .sixToFour), ("3fff::1", .documentation), ("5f00::1", .reserved),
            ("fc00::1", .uniqueLocal), ("fd12:3456::1", .uniqueLocal), ("fd00:ec2::254", .metadata),
            ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("fec0::1", .privateUse), ("ff02::1", .multicast),
            ("4000::1", .reserved), ("1::1", .reserved), ("8000::1", .reserved),
        ])
    func refused(text: String, kind: AddressKind) throws {
        let address = try #require(InternetAddress(text))
        #expect(AddressKind(address) == kind)
        #expect(AddressPolicy().refusal(of: address)?.contains(kind.rawValue) == true)
    }

    @Test(
        "Addresses of the public Internet are connected to",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.0.1",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888",
            "2606:4700:4700::1111", "2a00:1450::1", "3ffe::1",
        ])
    func accepted(text: String) throws {
        let address = try #require(InternetAddress(text))
        #expect(AddressKind(address) == nil)
        #expect(AddressPolicy().refusal(of: address) == nil)
    }

    @Test("What is allowed is connected to, and nothing beside it")
    func allowed() throws {
        let policy = AddressPolicy(
            allowed: ["127.0.0.1/32", "10.8.0.0/16", "fd00:1::/32"].compactMap { AddressBlock($0) })
        for text in ["127.0.0.1", "10.8.255.1", "fd00:1:2::3"] {
            #expect(policy.refusal(of: try #require(InternetAddress(text))) == nil, "\(text)")
        }
        for text in ["127.0.0.2", "10.9.0.1", "fd00:2::1", "::1", "::ffff:127.0.0.1", "::127.0.0.1"] {
            #expect(policy.refusal(of: try #require(InternetAddress(text))) != nil, "\(text)")
        }
    }

    @Test(
        "Allowing a translator or a tunnel does not open what lies behind it",
        arguments: [
            ("64:ff9b::/96", "64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8"),
            ("::ffff:0:0/96", "::ffff:169.254.169.254", "::ffff:8.8.8.8"),
            ("2002::/16", "2002:7f00:1::1", "2002:808:808::1"), ("::/0", "::ffff:127.0.0.1", "::ffff:1.1.1.1"),
            ("2001::/32", "2001:0:7f00:1::1", "2001:0:808:808::f7f7:f7f7"),
        ])
    func embedded(block: String, closed: String, open: String) throws {
        let policy = AddressPolicy(allowed: [try #require(AddressBlock(block))])
        #expect(policy.refusal(of: try #require(InternetAddress(closed)))?.contains("leads to") == true)
        #expect(policy.refusal(of: try #require(InternetAddress(open))) == nil)
    }

    @Test("An ISATAP address is checked by the address in it")
    func isatap() throws {
        let address = try #require(InternetAddress("2606:4700::5efe:10.0.0.1"))
        #expect(AddressPolicy().refusal(of: address)?.contains("10.0.0.1") == true)
    }

    @Test(
        "Blocks are read as CIDR writes them, and slips refused",
        arguments: [
            ("10.0.0.0/8", true), ("127.0.0.1", true), ("::/0", true), ("fd00::/8", true), ("0.0.0.0/0", true),
            ("10.0.0.1/8", false), ("10.0.0.0/33", false), ("fd00::/129", false), ("10.0.0.0/", false),
            ("10.0.0.0/+8", false), ("10.0.0/8", false), ("localhost", false), ("", false), ("fe80::1%eth0", false),
        ])
    func blocks(text: String, isBlock: Bool) { #expect((AddressBlock(text) != nil) == isBlock) }

    @Test("An address reads back as it is printed", arguments: ["1.2.3.4", "::1", "2001:db8::a:b", "fe80::1"])
    func text(text: String) {
        #expect(InternetAddress(text)?.description == text)
        #expect(InternetAddress(text).flatMap { InternetAddress($0.bytes) } == InternetAddress(text))
    }
}
#endif
