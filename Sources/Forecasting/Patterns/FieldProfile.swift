/// Counts what the values of a field are, one at a time, in bounded memory.
///
/// ```swift
/// var profile = FieldProfile()
/// for word in ["up", "up", "down"] { profile.note(text: Array(word.utf8)) }
/// profile.summary.kind           // .categorical
/// profile.summary.entropyBits    // 0.918
/// ```
///
/// Entropy is −Σ p log2 p over the values' shares. `followedShare` is how often the commonest successor of the value
/// before was right, told before looking, so that it is no better on noise than `commonestShare`, told the same way.
/// Memory: 1,024 different values of at most 128 bytes and 8,192 pairs, at most 600 KB. Cost: a hash and a look-up or
/// two a text. Source: Shannon 1948.
public struct FieldProfile: Sendable {
    /// The most different values that are told apart.
    public static let valueLimit = 1_024
    private static let pairLimit = 8_192
    private static let valueBytes = 128
    private static let numberLimit = 16

    private var total = 0
    private var missing = 0
    private var numbers = 0
    private var whole = 0
    private var negative = 0
    private var zeros = 0
    private var texts = 0
    private var sentences = 0
    private var structures = 0
    private var falls = 0
    private var low = Double.infinity
    private var high = -Double.infinity
    private var last = -Double.infinity
    private var different: [Double] = []

    private var symbols: [[UInt8]: Int] = [:]
    private var counts: [Int] = []
    private var unlisted = 0
    private var pairs: [Int: Int] = [:]
    private var successors: [Int] = []
    private var previous = -1
    private var commonest = -1
    private var told = 0
    private var followedHits = 0
    private var commonestHits = 0

    /// Creates a profile of nothing.
    public init() {}

    /// Notes an event without the field, or with `null` in it.
    public mutating func noteMissing() {
        total += 1
        missing += 1
    }

    /// Notes a number.
    public mutating func note(number: Double) {
        guard number.isFinite else { return noteMissing() }
        total += 1
        numbers += 1
        if number == number.rounded() { whole += 1 }
        if number < 0 { negative += 1 }
        if number == 0 { zeros += 1 }
        if number < last { falls += 1 }
        last = number
        low = min(low, number)
        high = max(high, number)
        if different.count <= Self.numberLimit, !different.contains(number) { different.append(number) }
    }

    /// Notes an object or an array.
    public mutating func noteStructure() {
        total += 1
        structures += 1
    }

    /// Notes a text, or a boolean as its name.
    public mutating func note(text: [UInt8]) {
        total += 1
        texts += 1
        if text.contains(UInt8(ascii: " ")) { sentences += 1 }
        guard let symbol = symbol(of: text) else {
            unlisted += 1
            previous = -1
            return
        }
        tell(symbol)
        counts[symbol] += 1
        if commonest < 0 || counts[symbol] > counts[commonest] { commonest = symbol }
    }

    private mutating func symbol(of text: [UInt8]) -> Int? {
        if let known = symbols[text] { return known }
        guard counts.count < Self.valueLimit, text.count <= Self.valueBytes else { return nil }
        symbols[text] = counts.count
        counts.append(0)
        successors.append(-1)
        return counts.count - 1
    }

    /// Scores what the value before said of this one, and learns it.
    private mutating func tell(_ symbol: Int) {
        defer { previous = symbol }
        guard previous >= 0 else { return }
        told += 1
        let expected = successors[previous] >= 0 ? successors[previous] : commonest
        if expected == symbol { followedHits += 1 }
        if commonest == symbol { commonestHits += 1 }
        let pair = previous * Self.valueLimit + symbol
        guard pairs[pair] != nil || pairs.count < Self.pairLimit else { return }
        pairs[pair, default: 0] += 1
        let best = successors[previous] < 0 ? 0 : pairs[previous * Self.valueLimit + successors[previous]] ?? 0
        if pairs[pair]! > best { successors[previous] = symbol }
    }

    /// Whether no event had a value.
    public var isEmpty: Bool { total == missing }

    /// The memory held for texts, in bytes, about.
    public var byteCount: Int { 200 * counts.count + 40 * pairs.count }

    /// What has been noted.
    public var summary: FieldSummary {
        let present = total - missing
        var summary = FieldSummary(kind: .unseen, eventCount: total, missingCount: missing)
        guard present > 0 else { return summary }
        if numbers > 0 {
            summary.low = low
            summary.high = high
            summary.zeroShare = Double(zeros) / Double(numbers)
            summary.neverFalls = falls == 0 && numbers >= 8 && high > low
            if different.count <= Self.numberLimit { summary.valueCount = different.count }
        }
        if texts > 0 { summarise(&summary) }
        summary.kind = kind(present)
        return summary
    }

    private func summarise(_ summary: inout FieldSummary) {
        summary.valueCount = unlisted == 0 && numbers == 0 ? counts.count : nil
        var entropy = 0.0
        for count in counts where count > 0 {
            let share = Double(count) / Double(texts)
            entropy -= share * logarithm(share) / 0.693_147_180_559_945_3
        }
        if unlisted == 0 { summary.entropyBits = max(0, entropy) }
        // By share, then by name: a dictionary's order is not to be relied on.
        summary.commonest = symbols.sorted { left, right in
            let order = counts[left.value] - counts[right.value]
            return order != 0 ? order > 0 : left.key.lexicographicallyPrecedes(right.key)
        }.prefix(3).map { (value, symbol) in
            FieldSummary.Share(
                value: String(decoding: value, as: UTF8.self), share: Double(counts[symbol]) / Double(texts))
        }
        if told >= 30 {
            summary.followedShare = Double(followedHits) / Double(told)
            summary.commonestShare = Double(commonestHits) / Double(told)
        }
    }

    private func kind(_ present: Int) -> FieldKind {
        if numbers * 10 >= present * 9 {
            if low == high, numbers == present { return present > 1 ? .constant : whole == numbers ? .count : .numeric }
            return whole == numbers && negative == 0 ? .count : .numeric
        }
        guard texts * 10 >= present * 9 else { return .opaque }
        if texts == present, counts.count == 1, unlisted == 0 { return present > 1 ? .constant : .categorical }
        let isFew = unlisted * 20 <= texts && (counts.count * 2 <= texts || texts < 8)
        if isFew { return .categorical }
        return sentences * 2 >= texts ? .text : .opaque
    }
}
