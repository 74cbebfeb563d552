/// Traces of keys made up under a seed.
enum Traces {
    /// A key that says nothing of its neighbours.
    static func hashed(_ number: Int) -> UInt64 {
        (UInt64(bitPattern: Int64(number)) &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66_D123_4567
    }

    /// Independent draws with Zipf's popularity: nothing to predict.
    static func zipf(_ count: Int, keys: Int, seed: UInt64) -> [UInt64] {
        var random = Random(seed: seed)
        var sums: [Double] = []
        var sum = 0.0
        for rank in 1...keys {
            sum += 1 / Double(rank)
            sums.append(sum)
        }
        return (0..<count).map { _ in
            let level = Double(random.next() >> 11) * 0x1p-53 * sum
            var (low, high) = (0, keys - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] < level { low = middle + 1 } else { high = middle }
            }
            return hashed(low)
        }
    }

    /// One loop over hashed keys, now and then disturbed.
    static func loop(_ count: Int, keys: Int, seed: UInt64) -> [UInt64] {
        var random = Random(seed: seed)
        return (0..<count).map { random.chance(0.97) ? hashed($0 % keys) : random.next() }
    }

    /// Several loops over hashed keys, in bursts, one between the other.
    static func loops(_ count: Int, loops: Int, keys: Int, seed: UInt64) -> [UInt64] {
        var random = Random(seed: seed)
        var places = [Int](repeating: 0, count: loops)
        var trace: [UInt64] = []
        while trace.count < count {
            let loop = random.below(loops)
            for _ in 0...random.below(12) {
                trace.append(hashed(loop * 1_000_000 + places[loop]))
                places[loop] = (places[loop] + 1) % keys
            }
        }
        return Array(trace.prefix(count))
    }

    /// Runs over blocks, some with a stride, several at once; some of them come again.
    static func blocks(_ count: Int, seed: UInt64) -> [UInt64] {
        var random = Random(seed: seed)
        let extents = (0..<300).map { _ in (UInt64(random.below(1 << 34)), 8 << random.below(4)) }
        var runs: [(next: UInt64, left: Int, step: UInt64)] = []
        var trace: [UInt64] = []
        while trace.count < count {
            while runs.count < 6 {
                let known = extents[random.below(extents.count)]
                let step: UInt64 = random.chance(0.8) ? 1 : 8
                runs.append(
                    random.chance(0.4)
                        ? (known.0, known.1, 1) : (UInt64(random.below(1 << 34)), 8 << random.below(3), step))
            }
            let run = random.below(runs.count)
            for _ in 0..<min(1 + random.below(4), runs[run].left) {
                trace.append(runs[run].next)
                runs[run].next += runs[run].step
                runs[run].left -= 1
            }
            if runs[run].left == 0 { runs.remove(at: run) }
        }
        return Array(trace.prefix(count))
    }
}
