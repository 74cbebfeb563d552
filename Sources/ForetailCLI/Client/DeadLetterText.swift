#if Server
import FieldExtraction

/// Dead letters for eyes.
enum DeadLetterText {
    /// A line for each.
    static func table(_ letters: [JSONValue], style: TerminalStyle) -> [UInt8] {
        var table = ListTable(["id", "request", "records", "tried", "last", "reason"], lastCells: 60)
        for letter in letters {
            let isQueued = letter["queued"]?.flag == true
            table.add([
                letter["id"]?.text ?? "", letter["request"]?.text ?? "", "\(letter["records"]?.whole ?? 0)",
                isQueued ? "waits" : "\(letter["attempts"]?.whole ?? 0)", letter["ended"]?.text ?? "",
                letter["reason"]?.text ?? "",
            ])
        }
        return table.bytes(style: style, none: "no dead letters")
    }
}
#endif
