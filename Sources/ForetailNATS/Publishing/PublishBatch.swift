/// Messages to publish, in order; kept as flat bytes, so that a batch can be used again without allocating.
///
///     var batch = PublishBatch()
///     batch.append(subject: "events.metrics.3", payload: bytes[...], id: MessageID("node-1", 42))
public struct PublishBatch: Sendable {
    struct Entry: Sendable {
        /// Where the subject begins; a zero byte ends it.
        var subject: Int
        var payload: Range<Int>
        /// Where the id begins; a zero byte ends it; -1: it has none.
        var id: Int
        var headers: Range<Int>
        var expectation: PublishExpectation
        /// Where the id begins that the stream's last message must have; -1: any.
        var previous = -1
    }

    var bytes: [UInt8] = []
    var entries: [Entry] = []
    /// Where names and values of headers begin, in turn; zero bytes end them.
    var headers: [Int] = []
    private var lastSubject: Range<Int> = 0..<0

    /// Creates an empty batch.
    public init() {}

    /// The number of messages.
    public var count: Int { entries.count }
    /// The bytes of the messages and what belongs to them.
    public var byteCount: Int { bytes.count }

    /// Adds a message.
    ///
    /// - Parameters:
    ///   - subject: Its subject.
    ///   - payload: Its bytes.
    ///   - id: Its id for de-duplication; nil: none, and publishing it again may store it twice.
    ///   - headers: Further headers; names and values hold no line breaks.
    ///   - expectation: What must be so for the stream to take it.
    public mutating func append(
        subject: String, payload: ArraySlice<UInt8>, id: MessageID? = nil,
        headers: [(name: String, value: String)] = [],
        expecting expectation: PublishExpectation = .nothing
    ) {
        let start = place(of: subject)
        let payloadStart = bytes.count
        bytes.append(contentsOf: payload)
        finish(
            Entry(
                subject: start, payload: payloadStart..<bytes.count, id: -1, headers: 0..<0, expectation: expectation),
            id, headers)
    }

    /// Adds a message of two parts.
    mutating func append(
        subject: String, payload: ArraySlice<UInt8>, _ more: ArraySlice<UInt8>, id: MessageID?,
        headers: [(name: String, value: String)], expecting expectation: PublishExpectation,
        after previous: MessageID?
    ) {
        let start = place(of: subject)
        let payloadStart = bytes.count
        bytes.append(contentsOf: payload)
        bytes.append(contentsOf: more)
        defer {
            if let previous {
                entries[entries.count - 1].previous = bytes.count
                previous.append(to: &bytes)
                bytes.append(0)
            }
        }
        finish(
            Entry(
                subject: start, payload: payloadStart..<bytes.count, id: -1, headers: 0..<0, expectation: expectation),
            id, headers)
    }

    private mutating func finish(_ entry: Entry, _ id: MessageID?, _ pairs: [(name: String, value: String)]) {
        var entry = entry
        if let id {
            entry.id = bytes.count
            id.append(to: &bytes)
            bytes.append(0)
        }
        let first = headers.count
        for (name, value) in pairs {
            headers.append(text(name))
            headers.append(text(value))
        }
        entry.headers = first..<headers.count
        entries.append(entry)
    }

    /// Lets the first message follow any other, as long as the sequence is right.
    mutating func forgetPrevious() { if count > 0 { entries[0].previous = -1 } }

    /// The batch without its first messages.
    func dropFirst(_ count: Int) -> PublishBatch {
        var rest = self
        rest.entries.removeFirst(count)
        return rest
    }

    /// The text that begins there and ends with a zero byte.
    func text(at start: Int) -> String {
        String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Forgets the messages and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        headers.removeAll(keepingCapacity: true)
        lastSubject = 0..<0
    }

    private mutating func place(of subject: String) -> Int {
        if !lastSubject.isEmpty, bytes[lastSubject].elementsEqual(subject.utf8) { return lastSubject.lowerBound }
        let start = text(subject)
        lastSubject = start..<bytes.count - 1
        return start
    }

    private mutating func text(_ text: String) -> Int {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
        return start
    }
}

/// An id under which a stream stores a message once, however often it is published, within the stream's duplicate window.
public struct MessageID: Hashable, Sendable {
    /// The text, or what stands before the number.
    public var text: String
    /// A number behind the text and a dash.
    public var number: UInt64?

    /// Creates an id of a text.
    public init(_ text: String) { self.text = text }

    /// Creates an id `text-number`; no string is built for it.
    public init(_ text: String, _ number: UInt64) {
        self.text = text
        self.number = number
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: text.utf8)
        guard var number else { return }
        bytes.append(UInt8(ascii: "-"))
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
            number /= 10
        } while number > 0
        bytes[start...].reverse()
    }
}

extension MessageID: CustomStringConvertible {
    /// The id as it travels.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What must be so for a stream to take a message; else it refuses (`conflict`).
public enum PublishExpectation: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// The stream's last message has this sequence: the message gets the next one, or none.
    case lastSequence(UInt64)
    /// The last message of the same subject has this sequence; 0: there is none. Servers of version 2.9 look before they
    /// replicate: of several writers at a time more than one may pass where the stream has replicas.
    case lastSubjectSequence(UInt64)
    /// Both; decided when the message is stored, by each server alike.
    case lastSequences(stream: UInt64, subject: UInt64)
}
