import FieldExtraction
import Foretail

/// The last words of a run: what came, what was foreseen, and what to do about what went wrong.
struct Summary {
    /// What the stream has counted.
    var stream: StreamStatus
    /// How good the predictions were; nil: the request only tailed.
    var confidence: PredictionConfidence?
    /// What the buffer held; nil: the request only tailed.
    var buffer: BufferStatus?
    /// The median lead of the hits, in microseconds; nil: unknown.
    var medianLeadMicroseconds: Int64?
    /// How long the run took, in microseconds; nil: not said.
    var elapsedMicroseconds: Int64?
    /// What became of the events that were counted; nil: the stream's events are the source's own.
    var counted: CountStatus?
    /// Further sentences, as about bad lines.
    var problems: [String] = []

    private static let stepLimit = 8
    private static let problemLimit = 5
    private static let modelLimit = 4

    /// Creates a summary.
    init(stream: StreamStatus, confidence: PredictionConfidence? = nil, buffer: BufferStatus? = nil) {
        self.stream = stream
        self.confidence = confidence
        self.buffer = buffer
    }

    /// The lines, each with its newline.
    func text(style: TerminalStyle = .plain) -> String {
        var output: [UInt8] = []
        style.append("── \(TerminalText.harmless(stream.name)) ──", .dim, to: &output)
        output.append(UInt8(ascii: "\n"))
        for (label, value) in facts {
            style.append(TerminalText.padded(label, cells: 13), .dim, to: &output)
            output.append(contentsOf: "\(value)\n".utf8)
        }
        appendSteps(style, to: &output)
        for remark in remarks {
            style.append("! \(TerminalText.harmless(remark))", .yellow, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return String(decoding: output, as: UTF8.self)
    }

    private var facts: [(String, String)] {
        let counters = stream.counters
        var facts: [(String, String)] = []
        let read = counted?.events ?? counters.events
        var events = Readable.count(read)
        if let elapsedMicroseconds, elapsedMicroseconds > 0 {
            let rate = Readable.rate(Double(read) * 1e6 / Double(elapsedMicroseconds))
            events += " in \(Readable.shortDuration(microseconds: elapsedMicroseconds)) (\(rate)/s)"
        }
        let keys = stream.series > 1 ? ", \(Readable.count(stream.series)) keys" : ""
        facts.append(("events", counted == nil ? events + keys : events))
        if let counted {
            facts.append(
                ("counted", "\(Readable.count(counted.counted)) in \(Readable.count(counters.events)) counts\(keys)"))
        }
        let matched = confidence?.samples ?? counters.matched
        facts.append(("matched", Readable.count(matched)))
        guard let confidence, let buffer else { return facts }
        let hits = "\(Readable.count(buffer.hits)) of \(Readable.count(buffer.hits + buffer.misses)) matched events"
        facts.append(("hit ratio", "\(Readable.percent(confidence.hitRatio, decimals: 1))  (\(hits))"))
        let judged = confidence.steps.reduce(0) { $0 + $1.hits + $1.wrong + $1.expired }
        facts.append(
            (
                "precision",
                "\(Readable.percent(confidence.precision, decimals: 1))  (of \(Readable.count(judged)) predictions judged)"
            ))
        if let medianLeadMicroseconds {
            facts.append(("lead", "\(Readable.shortDuration(microseconds: medianLeadMicroseconds)) median"))
        }
        facts.append(("confidence", Readable.percent(confidence.confidence, decimals: 1)))
        if let error = confidence.calibrationError {
            facts.append(("calibration", "\(Readable.fixed(error, decimals: 3)) mean error"))
        }
        if let skill = confidence.skill {
            let comparison = skill < 0 ? "worse" : "better"
            facts.append(("skill", "\(Readable.percent(abs(skill), decimals: 1)) \(comparison) than naive"))
        }
        let models = confidence.models.prefix(Self.modelLimit).map { "\($0.name) \(Readable.percent($0.weight))" }
        if !models.isEmpty { facts.append(("models", models.joined(separator: ", "))) }
        if let gain = confidence.networkGain {
            let amount = Readable.percent(abs(gain), decimals: 1)
            let change = gain < 0 ? "adds \(amount) to" : "takes \(amount) off"
            facts.append(("network", "\(change) the error of the next value"))
        }
        let peak = Readable.bytes(Double(buffer.peakBytes))
        facts.append(
            (
                "buffer",
                "\(Readable.count(buffer.size)) slots, at most \(peak) of \(Readable.bytes(Double(buffer.budgetBytes)))"
            ))
        return facts
    }

    private func appendSteps(_ style: TerminalStyle, to output: inout [UInt8]) {
        guard let steps = confidence?.steps.filter({ $0.announced > 0 }), !steps.isEmpty else { return }
        style.append("  step  announced      hits     wrong   expired   trivial  precision", .dim, to: &output)
        output.append(UInt8(ascii: "\n"))
        for step in Self.spread(steps) {
            let columns = [
                ("\(step.step)", 6), (Readable.count(step.announced), 11), (Readable.count(step.hits), 10),
                (Readable.count(step.wrong), 10), (Readable.count(step.expired), 10),
                (Readable.count(step.trivial), 10),
                (Readable.percent(step.precision), 11),
            ]
            for (text, cells) in columns {
                let blanks = String(repeating: " ", count: max(1, cells - TerminalText.cells(text)))
                output.append(contentsOf: "\(blanks)\(text)".utf8)
            }
            output.append(UInt8(ascii: "\n"))
        }
        if steps.count > Self.stepLimit {
            style.append("  (\(Self.stepLimit) of \(steps.count) steps)", .dim, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
    }

    /// At most eight of the steps, from the first to the last, evenly spread.
    private static func spread(_ steps: [StepStatistics]) -> [StepStatistics] {
        guard steps.count > stepLimit else { return steps }
        return (0..<stepLimit).map { steps[$0 * (steps.count - 1) / (stepLimit - 1)] }
    }

    /// What went wrong, each with its remedy.
    var remarks: [String] {
        let counters = stream.counters
        var remarks = Array(problems.prefix(Self.problemLimit))
        if problems.count > Self.problemLimit { remarks.append("and \(problems.count - Self.problemLimit) more") }
        func count(_ number: Int, _ one: String, _ many: String, _ rest: String) {
            guard number > 0 else { return }
            remarks.append("\(Readable.count(number)) \(number == 1 ? one : many) \(rest)")
        }
        count(counters.bad, "bad line was", "bad lines were", "skipped; run with --strict to stop at the first")
        count(
            counters.withoutTime, "event had", "events had",
            "no readable time and got the stream's; name the field with --time")
        let isDisorder = counters.late > counters.events / 2
        count(
            counters.late, "event came late", "events came late",
            isDisorder
                ? "and lay in no prediction's window; if the order is more reliable than the times, use --clock order"
                : "and taught nothing about the time between events; allow for it with --lateness")
        count(counters.withoutKey, "event has", "events have", "none of the fields named with --key")
        count(
            counters.farFuture, "event is", "events are",
            "stamped over a day ahead of this machine's clock and did not move the stream's; check the producer's clock"
        )
        count(counters.duplicates, "event was", "events were", "known already and dropped")
        count(counters.longKeys, "key was", "keys were", "too long and cut; choose other fields with --key")
        count(counters.kindChanges, "field", "fields", "changed kind and was learned anew; look at the producer")
        remarks += stream.filterProblems.prefix(Self.problemLimit)
        for field in confidence?.unpredictable.prefix(Self.problemLimit) ?? [] {
            remarks.append("unpredictable: \(field); it has too many values to be learned")
        }
        return remarks
    }
}
