package import Forecasting

/// What can happen to the bytes of a snapshot, drawn from a seed.
///
///     var damage = SnapshotDamage(seed: 1)
///     let broken = damage.damaged(bytes)                     // has to be refused
///     let forged = damage.forged(bytes, kind: .stream)       // must do no harm
package struct SnapshotDamage {
    private var random: SeededGenerator

    /// Creates a source of damage.
    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func below(_ limit: Int) -> Int { random.below(limit) }

    private mutating func byte() -> UInt8 { UInt8(random.below(256)) }

    /// Other bytes than those given: bits turned, cut, longer, parts swapped or set, all random.
    package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        repeat {
            switch below(8) {
            case 0, 1: result[below(result.count)] ^= 1 << UInt8(below(8))
            case 2: result.removeLast(1 + below(result.count))
            case 3: for _ in 0..<(1 + below(40)) { result.append(byte()) }
            case 4:
                let length = 1 + below(min(200, bytes.count / 2))
                let (one, other) = (below(bytes.count - length), below(bytes.count - length))
                let part = Array(result[one..<one + length])
                result.replaceSubrange(one..<one + length, with: result[other..<other + length])
                result.replaceSubrange(other..<other + length, with: part)
            case 5:
                let start = below(bytes.count)
                for place in start..<min(start + 1 + below(64), bytes.count) { result[place] = byte() }
            case 6: result = (0..<below(600)).map { _ in byte() }
            default:
                let start = below(bytes.count)
                result.removeSubrange(start..<min(start + 1 + below(64), bytes.count))
            }
            if result.isEmpty { return result }
        } while result == bytes
        return result
    }

    /// A snapshot whose container is right around a payload that is not.
    package mutating func forged(_ bytes: [UInt8], kind: SnapshotContainer.Kind) -> [UInt8] {
        var fingerprint: UInt64 = 0
        for place in (16..<24).reversed() { fingerprint = fingerprint << 8 | UInt64(bytes[place]) }
        var payload = Array(bytes[SnapshotContainer.headerBytes..<bytes.count - 8])
        switch below(10) {
        case 0: payload = damaged(payload)
        case 1, 2, 3:
            // Numbers that lead astray, where whole numbers and floats stand.
            let evil: [UInt32] = [0, 1, 0xFF, 0x7FC0_0000, 0x7F80_0000, 0xFF80_0000, 0x7FFF_FFFF, 0x8000_0000, .max]
            for _ in 0..<(1 + below(3)) {
                let place = below(max(payload.count - 4, 1))
                let word = evil[below(evil.count)]
                for index in 0..<min(4, payload.count - place) {
                    payload[place + index] = UInt8(truncatingIfNeeded: word >> UInt32(8 * index))
                }
            }
        default: for _ in 0..<(1 + below(4)) { payload[below(payload.count)] ^= 1 << UInt8(below(8)) }
        }
        return SnapshotContainer.wrap(payload, kind: kind, fingerprint: fingerprint)
    }
}
