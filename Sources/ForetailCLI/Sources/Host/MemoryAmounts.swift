/// `/proc/meminfo`: what memory there is, in bytes.
struct MemoryAmounts: Equatable {
    /// Memory in all.
    var total: UInt64
    /// Memory that programs could have without swapping.
    var available: UInt64
    /// Swap in all.
    var swapTotal: UInt64?
    /// Swap not used.
    var swapFree: UInt64?

    /// Reads the text of `/proc/meminfo`; nil if it does not say total and available.
    init?(parsing text: String) {
        var amounts: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0].hasSuffix(":"), let value = UInt64(words[1]) else { continue }
            let (bytes, overflows) = value.multipliedReportingOverflow(by: words.last == "kB" ? 1_024 : 1)
            if !overflows { amounts[words[0].dropLast()] = bytes }
        }
        guard let total = amounts["MemTotal"], total > 0, let available = amounts["MemAvailable"] else { return nil }
        self.total = total
        self.available = min(available, total)
        swapTotal = amounts["SwapTotal"]
        swapFree = amounts["SwapFree"]
    }
}
