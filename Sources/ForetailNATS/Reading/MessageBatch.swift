public import FieldExtraction

/// Messages as they came from a stream: all bytes in one buffer, and where each stands in it.
public struct MessageBatch: Sendable {
    /// One message's bytes within the batch.
    public struct Message: Sendable, Hashable {
        /// The subject it was published to.
        public var subject: Range<Int>
        /// Its payload.
        public var payload: Range<Int>
        /// The value of the header that the reader was asked for, else empty.
        public var header: Range<Int>
        /// Its sequence in the stream.
        public var sequence: UInt64
        /// When it was stored, in nanoseconds since 1970.
        public var nanoseconds: Int64
        /// How many messages the stream has for this reader behind it, when it was sent.
        public var pending: UInt64

        /// When it was stored.
        public var time: Timestamp { Timestamp(microseconds: nanoseconds / 1_000) }
    }

    /// Sequences that the reader will not see: they were forgotten before it came to them.
    public struct Gap: Sendable, Hashable {
        /// The first sequence missing.
        public var from: UInt64
        /// The last one.
        public var through: UInt64
        /// The message before which it stands.
        public var before: Int
        /// Whether all of them were missed. A reader of some of a stream's subjects cannot know which were its own.
        public var isExact: Bool
    }

    /// The messages' bytes.
    public var bytes: [UInt8] = []
    /// The messages, in the stream's order.
    public var messages: [Message] = []
    /// What is missing between them.
    public var gaps: [Gap] = []

    /// Creates an empty batch.
    public init() {}

    /// The number of messages.
    public var count: Int { messages.count }
    /// Whether there is neither a message nor a gap.
    public var isEmpty: Bool { messages.isEmpty && gaps.isEmpty }

    /// The subject of a message.
    public func subject(_ message: Message) -> String { String(decoding: bytes[message.subject], as: UTF8.self) }

    /// Forgets the messages and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        gaps.removeAll(keepingCapacity: true)
    }
}
