import FieldExtraction
import Glibc
import Testing

/// The figures of one categorical field counted from the records of a tail, with dictionaries and sorts and in two passes.
struct PlainCategoryCount {
    private(set) var scored = 0
    private(set) var untold = 0
    private(set) var values = 0
    private(set) var bits = 0.0
    private(set) var frequencyBits = 0.0
    private(set) var top = [0, 0, 0]
    private(set) var frequencyTop = [0, 0, 0]
    private(set) var covered = [0, 0]
    private(set) var right = [0, 0]
    private(set) var calibrationError = 0.0

    /// Counts.
    ///
    /// - Parameters:
    ///   - records: The records, a line each, of `--announce every --min-confidence 0 --alternatives 9`.
    ///   - events: The keys and values of the events, in order.
    init(records: String, events: [(entity: String, token: String?)]) throws {
        values = Set(events.compactMap(\.token)).count
        var live: [String: (list: [(String, Double)], rest: Double)] = [:]
        var counts: [(value: String, count: Int)] = []
        var seen: Set<String> = []
        var bins = [(said: Double, came: Double)](repeating: (0, 0), count: 10)
        var number = 0
        var total = 0
        for line in records.split(separator: "\n") {
            let record = try JSONValue(parsing: Array(line.utf8))
            guard let key = record["key"]?.text else { continue }
            if record["kind"]?.text == "prediction" {
                live[key] = record["fields"]?["token"].map(Self.distribution)
                continue
            }
            guard record["kind"]?.text == "event" else { continue }
            let event = events[number]
            number += 1
            try #require(key == event.entity)
            let told = live.removeValue(forKey: key)
            let isFirst = seen.insert(key).inserted
            guard let value = event.token else { continue }
            let place = counts.firstIndex { $0.value == value }
            let known = place.map { counts[$0].count } ?? 0
            let order = counts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
                .map(\.element.value)
            let expected = (Double(known) + 0.5) / (Double(total) + 0.5 * Double(values))
            if let place { counts[place].count += 1 } else { counts.append((value, 1)) }
            total += 1
            if isFirst { continue }
            scored += 1
            frequencyBits -= log2(expected)
            for (index, most) in [1, 3, 9].enumerated() {
                frequencyTop[index] += order.prefix(most).contains(value) ? 1 : 0
                top[index] += told?.list.prefix(most).contains { $0.0 == value } == true ? 1 : 0
            }
            guard let told else {
                untold += 1
                bits += log2(Double(values))
                continue
            }
            let own = told.list.first { $0.0 == value }?.1
            bits -= log2(max(own ?? told.rest / Double(max(values - told.list.count, 1)), 1e-9))
            let best = told.list[0]
            let bin = min(Int(best.1 * 10), 9)
            bins[bin].said += best.1
            bins[bin].came += best.0 == value ? 1 : 0
            for (index, threshold) in [0.5, 0.9].enumerated() where best.1 >= threshold {
                covered[index] += 1
                right[index] += best.0 == value ? 1 : 0
            }
        }
        try #require(number == events.count)
        bits /= Double(scored)
        frequencyBits /= Double(scored)
        calibrationError = bins.reduce(0) { $0 + abs($1.said - $1.came) } / Double(scored)
    }

    private static func distribution(_ field: JSONValue) -> (list: [(String, Double)], rest: Double) {
        var list = [(field["value"]?.text ?? "", field["probability"]?.number ?? 0)]
        if case .object(let members)? = field["alternatives"] {
            for member in members { list.append((member.key, member.value.number ?? 0)) }
        }
        return (list, field["rest"]?.number ?? 0)
    }
}

extension JSONValue {
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    fileprivate var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
