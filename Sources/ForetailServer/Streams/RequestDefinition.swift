#if Server
import FieldExtraction
import FilterLanguage
import Foretail
import HTTPTypes

/// A tail request as a user states it.
struct RequestDefinition: Sendable {
    /// Where its records go.
    enum Destination: Sendable, Equatable {
        /// To whoever reads `/v1/tail-requests/{id}/events`.
        case sse
        /// To the end of a file in the data folder.
        case file(path: String)
        /// To a receiver on the network.
        case webhook(WebhookDestination)
    }

    /// The stream.
    var stream: String
    /// Which events; nil: all.
    var filter: FilterText?
    /// Where records go.
    var destination = Destination.sse
    /// What to know of the future; nil: nothing.
    var prediction: PredictionSettings? = PredictionSettings()
    /// Matched events delivered in a second, at most; nil: as they come. What is over it waits, it is not dropped.
    var rateLimit: Double?
    /// What its events are joined with.
    var lookups: [LookupSettings] = []
    /// What it is for, in the user's words.
    var description: String?

    static let names =
        "stream, filter, pattern, destination, predictions, steps, predict, assert, tolerance, minConfidence, trivial, "
        + "announce, alternatives, ttl, watch, lookups, rateLimit, description"

    init(stream: String, filter: FilterText?) {
        self.stream = stream
        self.filter = filter
    }

    /// Reads a definition.
    init(_ value: JSONValue) throws(Problem) {
        var reader = try ObjectReader(value)
        guard let stream = try reader.string("stream") else {
            throw .invalid(
                "stream", "a tail request names its stream", remedy: #"{"stream":"metrics","filter":"event.cpu > 80"}"#)
        }
        try StreamDefinition.check(name: stream)
        self.stream = stream
        filter = try Self.filter(&reader)
        if var destination = try reader.object("destination") {
            self.destination = try Self.destination(&destination)
        }
        prediction = try Self.prediction(&reader)
        if let rate = try reader.number("rateLimit") {
            guard rate > 0, rate.isFinite else { throw .invalid("rateLimit", "expected events per second, above zero") }
            rateLimit = rate
        }
        lookups = try LookupDefinition.read(&reader)
        if !lookups.isEmpty, prediction?.isAhead == true { prediction?.stages = true }
        description = try reader.string("description")
        guard description?.utf8.count ?? 0 <= 1_024 else {
            throw .invalid("description", "expected at most 1024 bytes")
        }
        try reader.finish(knows: Self.names)
    }

    /// Reads `filter` (CEL) or `pattern` (an event pattern).
    static func filter(_ reader: inout ObjectReader) throws(Problem) -> FilterText? {
        let cel = try reader.string("filter")
        guard let pattern = reader.value("pattern") else { return cel.flatMap { $0.isEmpty ? nil : .cel($0) } }
        guard cel == nil else { throw .invalid("pattern", "state a filter or a pattern, not both") }
        switch pattern {
        case .string(let text): return .pattern(text)
        case .object: return .pattern(String(decoding: pattern.bytes, as: UTF8.self))
        default: throw .invalid("pattern", "expected an object, or its text")
        }
    }

    static func destination(_ reader: inout ObjectReader) throws(Problem) -> Destination {
        let type = try reader.string("type") ?? "sse"
        switch type {
        case "sse":
            try reader.finish(knows: "type")
            return .sse
        case "file":
            guard let path = try reader.string("path") else {
                throw .invalid("destination.path", "a file destination names its file")
            }
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") }), path.utf8.count <= 512,
                !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else {
                throw .invalid(
                    "destination.path",
                    "expected a path within the folder 'files' of the data folder, such as alerts/cpu.ndjson",
                    remedy: "leave out a leading /, empty parts and parts that begin with a dot")
            }
            try reader.finish(knows: "type, path")
            return .file(path: path)
        case "webhook": return .webhook(try WebhookDestination(&reader))
        case "nats", "kafka":
            throw Problem(
                .notImplemented, "not-implemented", "destination.type: \(type) is not there yet",
                field: "destination.type",
                remedy: "use sse, file or webhook")
        default:
            throw .invalid("destination.type", "expected sse, file or webhook, not '\(type)'")
        }
    }

    private static func prediction(_ reader: inout ObjectReader) throws(Problem) -> PredictionSettings? {
        let isWanted = try reader.bool("predictions") ?? true
        var settings = PredictionSettings()
        if let steps = reader.value("steps") { settings.steps = try Self.steps(steps) }
        settings.predict = try reader.strings("predict")?.map { FieldPath($0) } ?? []
        settings.assert = try reader.strings("assert")?.map { FieldPath($0) } ?? []
        let named = settings.predict.count + settings.assert.count
        guard named <= Limits().namedFields else {
            throw .invalid("predict", "expected at most \(Limits().namedFields) fields, those of assert among them")
        }
        if var tolerances = try reader.object("tolerance") {
            for (field, value) in tolerances.rest() {
                settings.tolerances[field] = try Self.tolerance(value, at: "tolerance.\(field)")
            }
        }
        settings.minConfidence = try reader.number("minConfidence") ?? settings.minConfidence
        guard settings.minConfidence >= 0, settings.minConfidence <= 1 else {
            throw .invalid("minConfidence", "expected a number from 0 to 1")
        }
        settings.trivial = try reader.bool("trivial") ?? settings.trivial
        if let announce = try reader.string("announce") {
            guard ["changed", "every"].contains(announce) else {
                throw .invalid("announce", "expected \"changed\" or \"every\"")
            }
            settings.announce = announce == "every" ? .every : .changed
        }
        settings.alternatives = try reader.integer("alternatives", in: 0...1_000) ?? settings.alternatives
        settings.timeToLiveMicroseconds = try reader.duration("ttl")
        settings.watch = try watch(&reader)
        guard !isWanted else { return settings }
        return settings.watch.map { .watching($0) }
    }

    private static func watch(_ reader: inout ObjectReader) throws(Problem) -> WatchSettings? {
        guard var watch = try reader.object("watch") else { return nil }
        var settings = WatchSettings()
        let probability = try Self.probability("probability", of: &watch, from: 0)
        if let within = try watch.duration("within") {
            settings.within = .init(microseconds: within, probability: probability ?? 0.8)
        }
        let overdueProbability = try Self.probability("overdueProbability", of: &watch, from: 0.5)
        if try watch.bool("overdue") ?? (overdueProbability != nil) {
            settings.overdue = .init(
                probability: overdueProbability ?? (settings.within == nil ? probability : nil) ?? 0.95)
        }
        try watch.finish(knows: "within, probability, overdue, overdueProbability")
        guard settings.within != nil || settings.overdue != nil else { return nil }
        do throws(ForetailError) {
            try settings.validate()
        } catch {
            throw .invalid("watch", error.message)
        }
        return settings
    }

    private static func probability(
        _ name: String, of watch: inout ObjectReader, from least: Double
    ) throws(Problem) -> Double? {
        guard let probability = try watch.number(name) else { return nil }
        guard probability >= least, probability > 0, probability < 1 else {
            throw .invalid(watch.name(name), "expected a number from \(least > 0 ? "0.5" : "above 0") to below 1")
        }
        return probability
    }

    private static func steps(_ value: JSONValue) throws(Problem) -> [Int] {
        let fault = Problem.invalid("steps", "expected a number (12 means 1 to 12) or a list of steps, from 1 to 2016")
        switch value {
        case .integer, .double:
            guard let last = value.wholeNumber, (1...2_016).contains(last) else { throw fault }
            return Array(1...last)
        case .array(let values):
            var steps: Set<Int> = []
            for value in values {
                guard let step = value.wholeNumber, (1...2_016).contains(step) else { throw fault }
                steps.insert(step)
            }
            guard !steps.isEmpty else { throw fault }
            return steps.sorted()
        default: throw fault
        }
    }

    private static func tolerance(_ value: JSONValue, at name: String) throws(Problem) -> PredictionSettings.Tolerance {
        switch value {
        case .integer(let number) where number >= 0: return .absolute(Double(number))
        case .double(let number) where number >= 0: return .absolute(number)
        case .string(var text):
            if text.hasPrefix("±") { text.removeFirst() }
            let isPercent = text.hasSuffix("%")
            if isPercent { text.removeLast() }
            // With an exponent: that is how the smallest are stored.
            if let number = DecimalText.number(text, allowsExponent: true) {
                return isPercent ? .percent(number) : .absolute(number)
            }
        default: break
        }
        throw .invalid(name, #"expected a number, "±0.5" or "2%""#)
    }

    /// The definition as it is stored and shown.
    var document: [(String, JSONValue?)] {
        var members: [(String, JSONValue?)] = [
            ("stream", .string(stream)),
            (filter?.dialect == .pattern ? "pattern" : "filter", filter.map { .string($0.source) }),
            ("destination", destinationDocument),
            ("predictions", .bool(prediction?.isAhead == true)),
            ("watch", prediction?.watch.map(Self.document)),
            ("lookups", lookups.isEmpty ? nil : .array(lookups.map(LookupDefinition.document))),
            ("rateLimit", rateLimit.map(JSONValue.double)),
            ("description", description.map(JSONValue.string)),
        ]
        guard let prediction, prediction.isAhead else { return members }
        members += [
            ("steps", .array(prediction.steps.map { .number($0) })),
            ("predict", .array(prediction.predict.map { .string($0.name) })),
            ("assert", .array(prediction.assert.map { .string($0.name) })),
            (
                "tolerance",
                JSONValue(
                    members: prediction.tolerances.sorted { $0.key < $1.key }.map { name, tolerance in
                        switch tolerance {
                        case .absolute(let value): (name, .double(value))
                        case .percent(let value): (name, .string("\(value)%"))
                        }
                    })
            ),
            ("minConfidence", .double(prediction.minConfidence)),
            ("trivial", .bool(prediction.trivial)),
            ("announce", .string(prediction.announce == .every ? "every" : "changed")),
            ("alternatives", .number(prediction.alternatives)),
            ("ttl", prediction.timeToLiveMicroseconds.map { .string(DurationText.text($0)) }),
        ]
        return members
    }

    private static func document(_ watch: WatchSettings) -> JSONValue {
        JSONValue(members: [
            ("within", watch.within.map { .string(DurationText.text($0.microseconds)) }),
            ("probability", watch.within.map { .double($0.probability) }),
            ("overdue", watch.overdue.map { _ in .bool(true) }),
            ("overdueProbability", watch.overdue.map { .double($0.probability) }),
        ])
    }

    private var destinationDocument: JSONValue {
        switch destination {
        case .sse: JSONValue(members: [("type", .string("sse"))])
        case .file(let path): JSONValue(members: [("type", .string("file")), ("path", .string(path))])
        case .webhook(let webhook): webhook.document
        }
    }
}
#endif
