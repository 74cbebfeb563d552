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

    static var allValueStrings: [String] { [] }
}
