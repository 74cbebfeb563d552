#if Server
import FieldExtraction
import FilterLanguage
import Foretail

/// What a user says of a stream that is counted from another: of which events, per which window, by which fields.
struct CountDefinition: Sendable, Equatable {
    /// The stream whose events are counted.
    var from: String
    /// The length of a window.
    var everyMicroseconds: Int64
    /// The fields counted by.
    var by: [String] = []
    /// Which events are counted; nil: all.
    var filter: FilterText?
    /// How late an event may come and still be counted; nil: as the counted stream says.
    var latenessMicroseconds: Int64?
    /// Whether windows of a silent stream close by the wall clock; else by events alone.
    var goesOnInSilence = true
    /// How many windows of silence in a row are given zeros; nil: as ``CountSettings/silentWindows`` says.
    var zeros: Int?

    private static let names = "from, every, by, filter, pattern, lateness, clock, zeros"

    /// Reads a definition.
    init(_ reader: inout ObjectReader) throws(Problem) {
        guard let from = try reader.string("from") else {
            throw .invalid(
                "count.from", "a count names the stream whose events it counts",
                remedy: #"{"count":{"from":"access","every":"1m"}}"#)
        }
        try StreamDefinition.check(name: from)
        guard let every = try reader.duration("every") else {
            throw .invalid(
                "count.every", "a count names the length of its windows",
                remedy: #"{"count":{"from":"access","every":"1m"}}"#)
        }
        self.from = from
        everyMicroseconds = every
        by = try reader.strings("by") ?? []
        filter = try RequestDefinition.filter(&reader)
        latenessMicroseconds = try reader.duration("lateness")
        if let clock = try reader.string("clock") {
            guard ["auto", "event"].contains(clock) else {
                throw .invalid(reader.name("clock"), "expected \"auto\" or \"event\", not \"\(clock)\"")
            }
            goesOnInSilence = clock == "auto"
        }
        zeros = try reader.integer("zeros", in: 0...1_000_000)
        try reader.finish(knows: Self.names)
    }

    /// The definition as it is stored and shown.
    var document: JSONValue {
        JSONValue(members: [
            ("from", .string(from)), ("every", .string(DurationText.text(everyMicroseconds))),
            ("by", .array(by.map(JSONValue.string))),
            (filter?.dialect == .pattern ? "pattern" : "filter", filter.map { .string($0.source) }),
            ("lateness", latenessMicroseconds.map { .string(DurationText.text($0)) }),
            ("clock", goesOnInSilence ? nil : .string("event")),
            ("zeros", zeros.map { .number($0) }),
        ])
    }

    /// How events are counted.
    var settings: CountSettings {
        var settings = CountSettings(windowMicroseconds: everyMicroseconds)
        settings.by = by.map { FieldPath($0) }
        settings.silentWindows = zeros
        return settings
    }

    /// How the counted stream's events are read.
    func events(of source: StreamHost) -> StreamDescriptor {
        var events = source.definition.descriptor(name: source.name)
        events.latenessMicroseconds = latenessMicroseconds ?? events.latenessMicroseconds
        if !goesOnInSilence { events.clock = .event }
        return events
    }

    /// A counter of a stream's events.
    ///
    /// - Throws: ``Problem`` (400) naming the setting, or the column of the filter.
    func counter(of source: StreamHost, limits: Limits) throws(Problem) -> StoredCounter {
        do throws(ForetailError) {
            return try StoredCounter(events(of: source), filter: filter, settings: settings, limits: limits)
        } catch {
            throw Problem(error, field: error.code == .badFilter ? "count.filter" : "count")
        }
    }
}
#endif
