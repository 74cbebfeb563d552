#if Server && NATS
/// A place in the output of a tail request: the sequence of a message of the output log, and how many of its records were seen.
///
/// The output log is one order over all partitions, so one number stands for a position in each of them.
struct OutputCursor: Hashable, CustomStringConvertible {
    var sequence: UInt64
    /// Records of the message that were seen.
    var seen: Int

    /// More records than a message has: all of it was seen.
    static let wholeMessage = 999_999

    init(sequence: UInt64, seen: Int) {
        self.sequence = sequence
        self.seen = seen
    }

    /// Reads the printed form; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "o", let sequence = Int64(parts[1]), sequence >= 0,
            let seen = Int(parts[2]), seen >= 0
        else { return nil }
        self.init(sequence: UInt64(sequence), seen: seen)
    }

    var description: String { "o-\(sequence)-\(seen)" }
}
#endif
