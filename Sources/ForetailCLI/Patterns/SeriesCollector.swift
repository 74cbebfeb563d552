import FieldExtraction
import Forecasting

/// The last events of a stream's series, as far as memory goes, and of the busiest in any case.
///
/// Up to 10,000 series are kept while they take 64 MB together, looked at every 8,192 events. Then only the `capacity` busiest
/// stay; of all others the events are counted (65,536 keys), and one that has had more events than the least busy of those
/// kept takes its place, with what comes from then on.
struct SeriesCollector {
    /// The most fields that are looked at.
    static let fieldLimit = 32
    /// The most keys that are told apart.
    static let keyLimit = 65_536
    /// The most series that are kept.
    static let seriesLimit = 10_000
    /// The bytes that series may hold before all but the busiest leave.
    static let byteLimit = 64_000_000

    /// A series whose values are kept.
    struct Kept {
        var key: [UInt8]
        /// Events before the first that is kept.
        var skipped = 0
        var count = 0
        var first: Int64?
        var last: Int64?
        var hasTimes = true
        var times = Ring<Int64>()
        var columns: [Ring<Double>] = []
        var profiles: [FieldProfile] = []

        init(key: [UInt8], count: Int) {
            self.key = key
            self.count = count
            skipped = count
        }

        var byteCount: Int {
            let texts = profiles.reduce(0) { $0 + $1.byteCount + MemoryLayout<FieldProfile>.stride }
            return 200 + key.count + 8 * times.held + columns.reduce(texts) { $0 + 8 * $1.held }
        }
    }

    /// The last values of something, as many as are looked at.
    struct Ring<Value> {
        private var values: [Value] = []
        private(set) var count = 0
        /// How many are held.
        var held: Int { values.count }

        mutating func append(_ value: Value) {
            if values.count < PatternDetector.historyLimit {
                values.append(value)
            } else {
                values[count % PatternDetector.historyLimit] = value
            }
            count += 1
        }

        /// The values in order.
        var ordered: [Value] {
            let start = count > values.count ? count % values.count : 0
            return Array(values[start...] + values[..<start])
        }
    }

    private let capacity: Int
    private var isOpen = true
    private var looked = 0
    private(set) var kept: [Kept] = []
    private var numbers: [[UInt8]: Int] = [:]
    private var others: [[UInt8]: Int] = [:]
    /// Events of keys that could not even be counted.
    private(set) var uncounted = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The keys that were told apart.
    var keyCount: Int { kept.count + others.count }

    /// The place of a key's series among those kept, for its next event; nil where the event is only counted.
    mutating func place(of key: [UInt8]) -> Int? {
        looked += 1
        if isOpen, looked % 8_192 == 0, kept.reduce(0, { $0 + $1.byteCount }) > Self.byteLimit { prune() }
        if let number = numbers[key] { return number }
        if isOpen, kept.count == Self.seriesLimit { prune() }
        if isOpen || kept.count < capacity {
            numbers[key] = kept.count
            kept.append(Kept(key: key, count: 0))
            return kept.count - 1
        }
        guard let seen = others[key] else {
            if others.count < Self.keyLimit { others[key] = 1 } else { uncounted += 1 }
            return nil
        }
        others[key] = seen + 1
        // Now and then is soon enough, and spares a search per event.
        guard seen % 32 == 0, let least = kept.indices.min(by: { kept[$0].count < kept[$1].count }),
            kept[least].count < seen
        else { return nil }
        others[key] = nil
        numbers[kept[least].key] = nil
        others[kept[least].key] = kept[least].count
        numbers[key] = least
        kept[least] = Kept(key: key, count: seen)
        return least
    }

    /// Lets all but the busiest series go.
    private mutating func prune() {
        isOpen = false
        let staying = busiest.prefix(capacity).map { kept[$0] }
        for series in kept { others[series.key] = series.count }
        kept = staying
        numbers = [:]
        for (number, series) in kept.enumerated() {
            numbers[series.key] = number
            others[series.key] = nil
        }
    }

    /// Notes when an event of a kept series happened; nil: it does not say.
    mutating func note(time: Timestamp?, at place: Int) {
        kept[place].count += 1
        guard let time else {
            kept[place].hasTimes = false
            return
        }
        // A late event counts as one of the latest time.
        let moment = max(time.microseconds, kept[place].last ?? time.microseconds)
        if kept[place].first == nil { kept[place].first = moment }
        kept[place].last = moment
        kept[place].times.append(moment)
    }

    /// Notes an event's value of a field.
    mutating func note(_ slot: FieldSlot, field: Int, at place: Int) {
        while kept[place].columns.count <= field {
            kept[place].columns.append(Ring())
            kept[place].profiles.append(FieldProfile())
        }
        // A field that appears late was missing before.
        while kept[place].columns[field].count < kept[place].count - kept[place].skipped - 1 {
            kept[place].columns[field].append(.nan)
            kept[place].profiles[field].noteMissing()
        }
        var number = Double.nan
        switch slot.kind {
        case .missing, .null: kept[place].profiles[field].noteMissing()
        case .integer, .double:
            number = slot.number ?? .nan
            kept[place].profiles[field].note(number: number)
        case .boolean: kept[place].profiles[field].note(text: Array((slot.bits == 1 ? "true" : "false").utf8))
        case .string:
            var text: [UInt8] = []
            JSONString.decode(slot, into: &text)
            kept[place].profiles[field].note(text: text)
        case .timestamp, .object, .array: kept[place].profiles[field].noteStructure()
        }
        kept[place].columns[field].append(number)
    }

    /// The kept series, busiest first, by number.
    var busiest: [Int] {
        kept.indices.sorted { left, right in
            kept[left].count != kept[right].count
                ? kept[left].count > kept[right].count : kept[left].key.lexicographicallyPrecedes(kept[right].key)
        }
    }

    /// What a kept series shows.
    func patterns(of place: Int, names: [String]) -> SeriesPatterns {
        let series = kept[place]
        let times = series.hasTimes && series.times.count > 0 ? series.times.ordered : nil
        let fields = names.indices.map { field in
            guard field < series.columns.count else {
                let missing = FieldSummary(kind: .unseen, eventCount: series.count, missingCount: series.count)
                return FieldPatterns(name: names[field], summary: missing, numeric: nil)
            }
            let summary = series.profiles[field].summary
            let isNumeric = summary.kind == .numeric || summary.kind == .count
            let values = isNumeric ? series.columns[field].ordered : []
            let held = series.columns[field].count
            return FieldPatterns(
                name: names[field], summary: summary,
                numeric: isNumeric
                    ? PatternDetector().detect(
                        values, times: times, firstEvent: series.skipped + held - values.count) : nil)
        }
        return SeriesPatterns(
            key: String(decoding: series.key, as: UTF8.self), eventCount: series.count,
            firstMicroseconds: series.hasTimes ? series.first : nil,
            lastMicroseconds: series.hasTimes ? series.last : nil,
            arrival: times.flatMap { ArrivalPattern(times: $0) }, fields: fields)
    }
}
