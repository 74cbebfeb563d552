/// Which partition a key belongs to.
///
///     KeyPartition.number(of: Array("web-1".utf8), among: 16)
///
/// FNV-1a of 32 bits (Fowler, Noll, Vo) modulo the number of partitions: what a nats-server's mapping `{{partition(16,1)}}` makes
/// of the token, so that producers that publish to mapped subjects, those that know the partition, and nodes agree, for ever. It has
/// no seed. Keys that somebody chose to collide make one partition hot, which is a matter for quotas.
///
/// Cost: about a nanosecond per byte.
public enum KeyPartition {
    /// The partition of a key.
    ///
    /// - Parameters:
    ///   - key: The key's text in UTF-8; empty for a stream without a key.
    ///   - partitions: How many there are; above zero.
    public static func number(of key: some Sequence<UInt8>, among partitions: UInt32) -> UInt32 {
        precondition(partitions > 0, "a stream has at least one partition")
        var state: UInt32 = 2_166_136_261
        for byte in key { state = (state ^ UInt32(byte)) &* 16_777_619 }
        return state % partitions
    }

    /// A 64-bit hash of some bytes, for scores.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mix(state)
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
