#if Server
import FieldExtraction
import Foretail

/// Frames the events of one body, whatever stands in it, and takes out what is none.
///
///     var framer = BodyFramer(descriptor, format: .ndjson, limits: scanLimits, events: 250_000)
///     let (batch, bytes) = try framer.frame(lines: block, isEnd: false)       // events, and the bytes they took
struct BodyFramer {
    /// What was no event.
    private(set) var rejections = Rejections()
    private let name: String
    private let limits: ScanLimits
    /// The most events of a body that is one JSON text.
    private let events: Int
    private var framer: LineFramer
    private var checker: EventChecker
    private var carry: [UInt8] = []

    /// Begins a body.
    ///
    /// - Parameters:
    ///   - descriptor: The stream's name, and how its plain lines are read; how the body is written, `format` says.
    ///   - limits: Of one event.
    init(_ descriptor: StreamDescriptor, format: BodyFormat, limits: ScanLimits, events: Int) {
        name = descriptor.name
        self.limits = limits
        self.events = events
        var descriptor = descriptor
        descriptor.input =
            switch format {
            case .text: .text
            case .csv: .csv
            default: .ndjson
            }
        framer = LineFramer(descriptor, limits: limits)
        checker = EventChecker(
            limits: limits, isCloudEvent: [.cloudEvent, .cloudEvents, .binaryCloudEvent].contains(format))
    }

    /// Frames the next lines of a body; the beginning of a line is kept for the next call.
    mutating func frame(lines block: [UInt8], isEnd: Bool) throws(Problem) -> (batch: EventBatch, bytes: Int) {
        var batch = EventBatch(stream: name)
        batch.bytes = carry.isEmpty ? block : carry + block
        let filled = batch.bytes.count
        let consumed: Int
        do throws(ForetailError) {
            consumed = try framer.frame(filled: filled, isEnd: isEnd, batch: &batch)
        } catch {
            throw .invalid("body", error.message)
        }
        carry = consumed < filled ? Array(batch.bytes[consumed..<filled]) : []
        checker.check(&batch, rejections: &rejections)
        return (batch, consumed)
    }

    /// Frames a body that is one JSON text.
    mutating func frame(whole body: [UInt8]) throws(Problem) -> (batch: EventBatch, bytes: Int) {
        var batch = EventBatch(stream: name)
        try WholeBody.frame(body, into: &batch, rejections: &rejections, limits: limits, events: events)
        checker.check(&batch, rejections: &rejections)
        return (batch, body.count)
    }
}
#endif
