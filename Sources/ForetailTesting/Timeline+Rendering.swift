public import Foretail

/// Actions as compact text, for expectations.
extension Timeline {
    /// Renders records as marks with blanks between.
    ///
    /// | mark | record |
    /// |---|---|
    /// | `a` | an event of key a |
    /// | `a!` | one that was announced |
    /// | `?a2` | a prediction of the second next event of a |
    /// | `+a2` `xa2` `~a2` `/a2` | its outcome: hit, wrong, expired, withdrawn |
    /// | `#3` | a gap of three events |
    /// | `>wa` `=wa` `<wa` | a warning for a, come, averted; with `o` an alarm, resumed, ended |
    ///
    /// A stream without a key is written `.`.
    public static func render(_ actions: Actions) -> String {
        var marks: [String] = []
        for action in actions.items {
            switch action {
            case .forward(let forward):
                let key = actions.events[forward.event].key.map { Array(actions.bytes[$0]) } ?? []
                marks.append(name(key) + (forward.prediction == nil ? "" : "!"))
            case .announce(let prediction, _): marks.append("?\(name(prediction.key))\(prediction.step)")
            case .outcome(let outcome, _):
                let mark =
                    switch outcome.result {
                    case .hit: "+"
                    case .wrong: "x"
                    case .expired: "~"
                    case .withdrawn: "/"
                    }
                marks.append("\(mark)\(name(outcome.prediction.key))\(outcome.prediction.step)")
            case .gap(let gap, _, _): marks.append("#\(gap.count)")
            case .watch(let watch, _):
                let mark =
                    switch watch.state {
                    case .expected, .overdue: ">"
                    case .came, .resumed: "="
                    case .averted, .ended: "<"
                    }
                marks.append("\(mark)\(watch.kind.name.first!)\(name(watch.key))")
            case .train, .expect, .follow: break
            }
        }
        return marks.joined(separator: " ")
    }

    private static func name(_ key: [UInt8]) -> String {
        key.isEmpty ? "." : String(decoding: key, as: UTF8.self)
    }
}
