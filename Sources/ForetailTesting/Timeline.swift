public import FieldExtraction
public import Foretail

/// A stream drawn as a marble string: `"a--b-|"`.
///
/// Every character is a second: a letter is an event of the key of that name, `-` is silence, `|` the end of input. Letters in
/// brackets happen in the same second: `"(ab)-a"`. Blanks are for the eyes.
///
///     let timeline = Timeline("a--b-|")
///     let batch = timeline.batch(stream: "s", values: [1, 2])
public struct Timeline: Sendable, Hashable {
    /// An event on the line.
    public struct Event: Sendable, Hashable {
        /// Its key.
        public var key: String
        /// When it happens.
        public var time: Timestamp
    }

    /// The events, in the order drawn.
    public private(set) var events: [Event] = []
    /// The second after the last character.
    public private(set) var end: Timestamp
    /// Whether the line ends in `|`.
    public private(set) var isEnded = false

    /// Reads a marble string whose first character is the second `start`.
    public init(_ marbles: String, start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
        var time = start
        var isGrouped = false
        for mark in marbles {
            switch mark {
            case " ": continue
            case "(": isGrouped = true
            case ")":
                isGrouped = false
                time.microseconds += 1_000_000
            case "-": time.microseconds += 1_000_000
            case "|": isEnded = true
            default:
                precondition(mark.isLetter, "a timeline holds letters, - | ( ) and blanks; not '\(mark)'")
                events.append(Event(key: String(mark), time: time))
                if !isGrouped { time.microseconds += 1_000_000 }
            }
        }
        end = time
    }

    /// How a stream drawn as a timeline is read: `key` and `time` are its fields.
    public static func descriptor(_ name: String) -> StreamDescriptor {
        var descriptor = StreamDescriptor(name: name)
        descriptor.key = [FieldPath("key")]
        descriptor.time = FieldPath("time")
        return descriptor
    }

    /// The events as JSON texts, with a number `v` where `values` (used in a cycle) has any.
    public func texts(values: [Double] = []) -> [String] {
        events.indices.map { index in
            let event = events[index]
            let value = values.isEmpty ? "" : #","v":\#(values[index % values.count])"#
            return #"{"time":"\#(event.time)","key":"\#(event.key)"\#(value)}"#
        }
    }

    /// The events as a batch with positions.
    public func batch(stream: String, firstSequence: UInt64 = 1, values: [Double] = []) -> EventBatch {
        var batch = EventBatch(stream: stream)
        for (index, text) in texts(values: values).enumerated() {
            batch.append(text, at: Position(sequence: firstSequence + UInt64(index)))
        }
        return batch
    }
}
