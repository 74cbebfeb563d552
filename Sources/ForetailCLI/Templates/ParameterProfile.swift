import FieldExtraction

/// What a template's parameter has held: the range of its numbers, how many different texts.
struct ParameterProfile {
    /// Different texts that are told apart.
    static let valueLimit = 1_024

    private(set) var numbers = 0
    private(set) var texts = 0
    private(set) var low = Double.infinity
    private(set) var high = -Double.infinity
    private var values: Set<[UInt8]> = []

    /// The different texts that were told apart.
    var distinct: Int { values.count }
    /// Whether there were more of them.
    var isBeyondLimit: Bool { values.count >= Self.valueLimit }

    /// Takes a value in.
    mutating func note(_ slot: FieldSlot) {
        if let number = slot.number {
            numbers += 1
            low = min(low, number)
            high = max(high, number)
        } else if slot.kind == .string {
            texts += 1
            guard values.count < Self.valueLimit else { return }
            values.insert(Array(slot.text.prefix(64)))
        }
    }

    /// Takes in what another one has seen.
    mutating func merge(_ other: ParameterProfile) {
        numbers += other.numbers
        texts += other.texts
        low = min(low, other.low)
        high = max(high, other.high)
        for value in other.values where values.count < Self.valueLimit { values.insert(value) }
    }
}
