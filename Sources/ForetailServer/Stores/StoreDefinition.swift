#if Server
public import Foretail

/// A reference store as the configuration names it.
public struct StoreDefinition: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Where it is: `postgres://…`, `sqlite:PATH`.
    public var url: String
    /// Its share.
    public var limits = ReferenceLimits()

    /// Creates a definition.
    public init(name: String, url: String) {
        self.name = name
        self.url = url
    }

    /// Whether the name is taken: a lookup of it asks the stream's own past.
    public var isReserved: Bool { name == LookupSettings.historyStore }

    /// Reads `NAME=URL`, as the command line states it; nil for anything else.
    public init?(text: String) {
        guard let equal = text.firstIndex(of: "="), equal > text.startIndex, text.index(after: equal) < text.endIndex
        else { return nil }
        self.init(name: String(text[..<equal]), url: String(text[text.index(after: equal)...]))
    }

    /// The settings of a store in a configuration file.
    static let names = ["url", "concurrency", "batchKeys", "keysPerSecond", "timeout"]

    /// Sets one by its name; false where it cannot be read.
    mutating func set(_ name: String, to text: String) -> Bool {
        switch name {
        case "url":
            url = text
            return !text.isEmpty
        case "concurrency": return Self.whole(text, in: 1...64, &limits.concurrency)
        case "batchKeys": return Self.whole(text, in: 1...1_000, &limits.batchKeys)
        case "keysPerSecond":
            guard let rate = DecimalText.number(text), rate > 0 else { return false }
            limits.keysPerSecond = rate
            return true
        case "timeout":
            guard let time = DurationText.microseconds(text), (1_000...60_000_000).contains(time) else { return false }
            limits.timeoutMicroseconds = time
            return true
        default: return false
        }
    }

    private static func whole(_ text: String, in range: ClosedRange<Int>, _ value: inout Int) -> Bool {
        guard let number = Int(text), range.contains(number) else { return false }
        value = number
        return true
    }
}
#endif
