/// A field that was recognised in a line.
struct LogField {
    /// How its value is written and meant.
    enum Form: UInt8 {
        /// Text, from `start` to `end`.
        case text
        /// A JSON number from `start` to `end`, or text where it is none.
        case number
        /// An instant, in `value` as microseconds.
        case time
        /// The severity, or the facility, of a syslog priority, in `value`.
        case severity
        case facility
        /// The inside of a JSON string, from `start` to `end`.
        case json
    }

    /// Its name, or `.own` for one that stands in the line.
    var name: LogFieldName
    var form: Form
    var start: Int32 = 0
    var end: Int32 = 0
    var value: Int64 = 0
    /// Where its own name stands.
    var nameStart: Int32 = 0
    var nameEnd: Int32 = 0
}
