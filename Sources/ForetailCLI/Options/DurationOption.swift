import ArgumentParser

/// A duration as people write it: `250ms`, `30s`, `10m`, `2h`, `1d`; a bare number is seconds.
struct DurationOption: ExpressibleByArgument, Hashable {
    /// The duration in microseconds.
    var microseconds: Int64

    init?(argument: String) {
        let units: [(String, Double)] = [("ms", 1e3), ("us", 1), ("s", 1e6), ("m", 6e7), ("h", 3.6e9), ("d", 8.64e10)]
        var number = argument
        var factor = 1e6
        for (suffix, microseconds) in units where argument.hasSuffix(suffix) {
            number = String(argument.dropLast(suffix.count))
            factor = microseconds
            break
        }
        guard let value = Double(number), value >= 0, value * factor < 1e17 else { return nil }
        microseconds = Int64((value * factor).rounded())
    }

    /// The shortest text, for help.
    var defaultValueDescription: String {
        let units: [(String, Int64)] = [
            ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000),
        ]
        guard microseconds > 0, let (suffix, size) = units.first(where: { microseconds % $0.1 == 0 }) else {
            return "\(microseconds)us"
        }
        return "\(microseconds / size)\(suffix)"
    }

    static var allValueStrings: [String] { [] }
}
