/// What came next when the same keys came before: the past is kept as it was, and followed again as far ahead as is asked.
///
/// A key that no stream expects begins one at the place where it came last. A stream follows the past; a key that stands
/// among the next few there moves it on. Several streams at once follow readers that are interleaved; the one moved
/// longest ago makes room. One pass over a loop is enough to know it, and a look ahead by 32 costs no more than one by 1.
///
/// Trust: how often the stream was right so far. Memory: `bytes`: 8 B a request and 24 to 48 B a key of the past.
/// Cost: some 0.2 µs an access. Source: Wenisch et al., Practical off-chip meta-data for temporal memory streaming, HPCA 2009.
struct Replay: Sendable {
    private static let streams = 8
    /// How far ahead in the past a key may stand to count as the stream's next.
    private static let slack = 6

    private struct Stream {
        /// Requests since the first, of which the past keeps the latest; −1 where there is no stream.
        var position = -1
        var matches = 0
        var used = 0
    }

    private let most: Int
    private var past: [UInt64] = []
    private var places = SymbolMap()
    private var count = 0
    private var table = [Stream](repeating: Stream(), count: streams)
    /// The stream that the latest key moved or began.
    private var current = -1

    /// Creates a past that holds at most `bytes`.
    init(bytes: Int) {
        var most = 256
        while 2 * most * 56 <= bytes { most *= 2 }
        self.most = most
    }

    /// The memory held, in bytes.
    var bytes: Int { past.count * 8 + places.bytes }

    /// Takes in a key.
    mutating func learn(_ symbol: UInt64) {
        follow(symbol)
        let place = count & (most - 1)
        if place < past.count {
            if places[past[place]] == Int32(place) { places[past[place]] = nil }
            past[place] = symbol
        } else {
            past.append(symbol)
        }
        places[symbol] = Int32(place)
        count += 1
    }

    /// Names what may follow, up to `depth` keys ahead.
    func predict(depth: Int, into candidates: inout [Candidate]) {
        guard current >= 0 else { return }
        let stream = table[current]
        let trust: UInt8 =
            switch stream.matches {
            case ..<4: UInt8(max(0, stream.matches))
            case ..<6: 4
            case ..<9: 5
            case ..<13: 6
            case ..<21: 7
            case ..<65: 8
            default: 9
            }
        for distance in 1...max(1, depth) {
            let position = stream.position + distance
            guard position < count - 1, position > count - most else { return }
            candidates.append(
                Candidate(
                    symbol: past[position & (most - 1)], source: .replay, trust: trust, distance: Int32(distance)))
        }
    }

    /// Moves the stream that expects `symbol`, or begins one.
    private mutating func follow(_ symbol: UInt64) {
        var best = -1
        var steps = Self.slack + 1
        for index in table.indices where table[index].position >= 0 {
            let start = table[index].position + 1
            guard start > count - most else {
                table[index].position = -1
                continue
            }
            for position in start..<min(start + steps - 1, count) where past[position & (most - 1)] == symbol {
                best = index
                steps = position - start + 1
                break
            }
        }
        if best >= 0 {
            table[best].position += steps
            table[best].matches = steps == 1 ? table[best].matches + 1 : table[best].matches / 2 + 1
        } else if let place = places[symbol] {
            best = table.indices.min { table[$0].used < table[$1].used } ?? 0
            let behind = (count - 1 - Int(place)) & (most - 1)
            table[best] = Stream(position: count - 1 - behind)
        } else {
            current = -1
            return
        }
        table[best].used = count + 1
        current = best
    }
}
