import Foundation

/// The gaps of a CSV file's `timestamp` column, in microseconds, and the resolution of its stamps.
struct Stamps {
    var gaps: [Int64] = []
    /// A second or a minute where stamps are whole seconds, else the least gap or a thousandth of the usual one.
    var resolution = 1.0

    init?(path: String) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        var lines = text.split(separator: "\n")
        guard let column = lines.first?.split(separator: ",").firstIndex(of: "timestamp") else { return nil }
        lines.removeFirst()
        let times = lines.compactMap { Stamps.microseconds($0.split(separator: ",")[column]) }
        guard times.count > 1 else { return nil }
        gaps = zip(times.dropFirst(), times).map { max($0 - $1, 0) }
        let positive = gaps.filter { $0 > 0 }.sorted()
        guard let least = positive.first else { return }
        if times.allSatisfy({ $0 % 1_000_000 == 0 }) {
            resolution = least < 60_000_000 ? 1e6 : 6e7
        } else {
            resolution = max(Double(least), Double(positive[positive.count / 2]) / 1000)
        }
    }

    /// `2011-07-01 00:00:01.25` in microseconds since 1970.
    private static func microseconds(_ stamp: Substring) -> Int64? {
        let parts = stamp.split { !$0.isNumber }
        let numbers = parts.compactMap { Int64($0) }
        guard numbers.count >= 6 else { return nil }
        // Days from the civil date, years beginning in March.
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let dayOfYear = (153 * ((numbers[1] + 9) % 12) + 2) / 5 + numbers[2] - 1
        let days = 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
        let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
        let fraction = parts.count > 6 ? Int64((parts[6] + "000000").prefix(6)) ?? 0 : 0
        return seconds * 1_000_000 + fraction
    }
}
