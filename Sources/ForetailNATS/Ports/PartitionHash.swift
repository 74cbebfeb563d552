/// Which partition a key belongs to: FNV-1a of 32 bits over the key's bytes, modulo the number of partitions.
///
///     PartitionHash.partition(of: Array("web-1".utf8)[...], count: 16)
///
/// The same as the server's mapping `{{partition(16,1)}}` makes of the token, so that producers which publish to mapped subjects
/// and those that know the partition agree.
public enum PartitionHash {
    /// The partition of a key, from 0.
    public static func partition(of key: ArraySlice<UInt8>, count: Int) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in key { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash % UInt32(max(1, count)))
    }
}
