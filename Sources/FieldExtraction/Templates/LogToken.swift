/// A word of a log line, its values masked.
struct LogToken {
    /// What a word is made of, which decides what it may differ in and still belong to the same template.
    enum Kind: UInt8 {
        /// A word: `terminating`, `failed:`, `RUNNING`. Another word means another message.
        case word
        /// A name with parts: `org.apache.hadoop.Job`, `AirPort::powerChange`.
        case name
        /// Nothing but a value and signs around it: `<*>`, `(<*>),`.
        case value
        /// A value within a word: `blk_<*>`, `dn<*>`.
        case mixed
        /// A value under a key: `uid=<*>`, `rhost=<*>`.
        case keyedValue
        /// A word under a key: `user=root`.
        case keyedWord
    }

    /// The hash of its text with placeholders, units left out; never 0.
    var hash: UInt64
    /// Where it stands in the line.
    var start: Int32
    var end: Int32
    /// Its values among those of the line.
    var firstValue: UInt16
    var valueCount: UInt8
    var kind: Kind
    /// The hash of its key, or of what stands before its value; of a value alone the family of its unit; 0: it has none that matters.
    var key: UInt16
}
