/// A file of `/proc/pressure`: how long tasks stood still for want of a resource.
struct PressureTotals: Equatable {
    /// Microseconds in which at least one task stood still.
    var some: UInt64
    /// Microseconds in which all tasks stood still.
    var full: UInt64?

    /// Reads the text of a pressure file; nil if it has no line `some … total=N`.
    init?(parsing text: String) {
        var totals: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let kind = words.first, let total = words.last, total.hasPrefix("total=") else { continue }
            totals[kind] = UInt64(total.dropFirst("total=".count))
        }
        guard let some = totals["some"] else { return nil }
        self.some = some
        full = totals["full"]
    }
}
