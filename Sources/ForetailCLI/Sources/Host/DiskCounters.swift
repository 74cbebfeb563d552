/// One line of `/proc/diskstats`: what was read from and written to a device since the machine started.
struct DiskCounters: Equatable {
    /// The device's name: `sda`, `nvme0n1p1`.
    var name: String
    /// Bytes read.
    var readBytes: UInt64
    /// Bytes written.
    var writtenBytes: UInt64

    /// The kernel counts sectors of 512 bytes whatever the device's own are.
    private static let sectorBytes: UInt64 = 512

    /// Reads the text of `/proc/diskstats`; lines of another form are left out.
    static func parse(_ text: String) -> [DiskCounters] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 10, UInt64(words[0]) != nil, UInt64(words[1]) != nil,
                let read = UInt64(words[5]), let written = UInt64(words[9])
            else { return nil }
            return DiskCounters(
                name: String(words[2]), readBytes: read &* sectorBytes, writtenBytes: written &* sectorBytes)
        }
    }

    /// Whether the device is one of its own rather than a partition of `others`, a loop, a RAM disk, or a layer over disks.
    func isWholeDevice(among others: [DiskCounters]) -> Bool {
        for prefix in ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"] where name.hasPrefix(prefix) {
            return false
        }
        return !others.contains { whole in
            guard whole.name != name, name.hasPrefix(whole.name) else { return false }
            var rest = name.dropFirst(whole.name.count)
            // sda1, vda2; but nvme0n1p1, mmcblk0p1, where the device's own name ends in a digit.
            if whole.name.last?.isNumber == true {
                guard rest.first == "p" else { return false }
                rest = rest.dropFirst()
            }
            return !rest.isEmpty && rest.allSatisfy(\.isNumber)
        }
    }
}
