import ArgumentParser
import Foretail

/// A field's tolerance: `cpu=±0.5`, `cpu=0.5` or `cpu=2%`.
struct ToleranceOption: ExpressibleByArgument, Hashable {
    /// The field's name.
    var field: String
    /// How far its value may lie off.
    var tolerance: PredictionSettings.Tolerance

    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "="), equals != argument.startIndex else { return nil }
        let name = argument[..<equals]
        field = String(name.hasPrefix("event.") ? name.dropFirst(6) : name)
        var text = argument[argument.index(after: equals)...]
        if text.hasPrefix("±") { text = text.dropFirst() }
        let isPercent = text.hasSuffix("%")
        if isPercent { text = text.dropLast() }
        guard let value = Double(text), value >= 0, value.isFinite else { return nil }
        tolerance = isPercent ? .percent(value) : .absolute(value)
    }
}
