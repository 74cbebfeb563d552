import ForetailCluster
import Testing

/// Keys and their partitions.
struct KeyPartitionTests {
    @Test(
        "A key has the partition that a nats-server's mapping gives it",
        arguments: [("foo", 9, 6), ("a", 16, 12), ("foobar", 16, 8), ("", 16, 5), ("web-1", 1, 0)])
    func isStable(key: String, partitions: Int, expected: Int) {
        #expect(KeyPartition.number(of: key.utf8, among: UInt32(partitions)) == UInt32(expected))
    }

    @Test("Many keys spread evenly: no partition of 16 has a tenth more than its share of 160,000")
    func isEven() {
        var counts = [Int](repeating: 0, count: 16)
        for key in 0..<160_000 { counts[Int(KeyPartition.number(of: "host-\(key)".utf8, among: 16))] += 1 }
        #expect(counts.max()! < 11_000)
        #expect(counts.min()! > 9_000)
    }
}
