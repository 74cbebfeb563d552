/// What a delivered message's reply subject says of it:
/// `$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.CONSUMERSEQUENCE.NANOSECONDS.PENDING`, or with domain and account in front and a token
/// more behind.
struct DeliveryMark: Equatable {
    var sequence: UInt64 = 0
    var consumerSequence: UInt64 = 0
    var nanoseconds: Int64 = 0
    var pending: UInt64 = 0

    /// Reads a reply subject; nil: it is of another kind.
    init?(_ text: UnsafePointer<CChar>) {
        guard text[0] == 0x24, text[1] == 0x4A, text[2] == 0x53, text[3] == 0x2E, text[4] == 0x41 else { return nil }
        var dots = 0
        var place = 0
        while text[place] != 0 {
            if text[place] == 0x2E { dots += 1 }
            place += 1
        }
        // Tokens before the sequence: nine in all, or twelve of which the last tells nothing.
        let skipped = dots == 8 ? 5 : dots >= 11 ? 7 : -1
        guard skipped > 0 else { return nil }
        place = 0
        for _ in 0..<skipped {
            while text[place] != 0x2E { place += 1 }
            place += 1
        }
        sequence = Self.number(text, &place)
        consumerSequence = Self.number(text, &place)
        nanoseconds = Int64(clamping: Self.number(text, &place))
        pending = Self.number(text, &place)
        guard sequence > 0, consumerSequence > 0 else { return nil }
    }

    private static func number(_ text: UnsafePointer<CChar>, _ place: inout Int) -> UInt64 {
        var number: UInt64 = 0
        while let digit = UInt64(exactly: Int(text[place]) - 0x30), digit < 10 {
            number = number &* 10 &+ digit
            place += 1
        }
        if text[place] == 0x2E { place += 1 }
        return number
    }
}
