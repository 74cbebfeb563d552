import Foretail

/// Whether foretail would have helped, in plain sentences with their reasons.
struct Verdict: Sendable {
    /// The answers, worst first.
    enum Answer: String, Sendable {
        case nothing, short, hardly, partly, yes

        /// The first words of the verdict.
        var words: String {
            switch self {
            case .nothing: "Nothing to say"
            case .short: "Too short to say"
            case .hardly: "Hardly"
            case .partly: "Partly"
            case .yes: "Yes"
            }
        }
    }

    /// All thresholds of the verdict.
    enum Thresholds {
        /// Matching events under which no verdict is given.
        static let leastMatched = 100
        /// The hit ratio and precision of a yes.
        static let goodHitRatio = 0.5
        static let goodPrecision = 0.7
        /// Those of a partly.
        static let fairHitRatio = 0.15
        static let fairPrecision = 0.5
        /// The skill, next to the last value and to the usual one, under which values are noise, or wander.
        static let usefulSkill = 0.1
        /// The calibration error up to which confidences can be taken at their word.
        static let calibrated = 0.06
        /// Judged predictions under which nothing is said of their confidences.
        static let leastJudged = 50
        /// The loss, next to that of empirical quantiles, from which arrival times have a pattern.
        static let usefulGapRatio = 0.97
    }

    /// The answer.
    let answer: Answer
    /// Its reasons, a sentence each.
    let reasons: [String]

    /// The verdict in one paragraph.
    var text: String {
        let first = reasons.first.map { "\(answer.words): \($0)" } ?? "\(answer.words)."
        return ([first] + reasons.dropFirst()).joined(separator: " ")
    }

    /// Judges figures.
    init(_ figures: Figures) {
        let tally = figures.tally
        guard tally.matched > 0 else {
            answer = .nothing
            reasons = [
                tally.events == 0
                    ? "there was no event to read." : "none of \(Readable.count(tally.events)) events matched."
            ]
            return
        }
        guard tally.matched >= Thresholds.leastMatched else {
            answer = .short
            let events = tally.matched == 1 ? "1 matching event" : "\(tally.matched) matching events"
            reasons = ["\(events), and a verdict takes \(Thresholds.leastMatched)."]
            return
        }
        answer = Self.answer(hitRatio: figures.hitRatio ?? 0, precision: figures.precision)
        let reliance = Self.confidences(figures)
        let causes = Self.values(figures) + Self.categories(figures) + Self.arrivals(figures)
        // Of good news the first question is whether to believe it, of bad news why.
        reasons =
            [Self.announced(figures)]
            + (answer == .hardly ? causes + Self.reserve(figures) + reliance : reliance + causes)
            + Self.cost(figures)
    }

    /// The answer that shares of hits give.
    static func answer(hitRatio: Double, precision: Double?) -> Answer {
        guard let precision else { return .hardly }
        if hitRatio >= Thresholds.goodHitRatio, precision >= Thresholds.goodPrecision { return .yes }
        return hitRatio >= Thresholds.fairHitRatio && precision >= Thresholds.fairPrecision ? .partly : .hardly
    }

    private static func announced(_ figures: Figures) -> String {
        let counts = figures.tally.counts
        guard let precision = counts.precision, let hitRatio = figures.hitRatio else {
            let why = counts.trivial > 0 ? "beyond what the past alone makes likely" : "with enough confidence"
            return "nothing could be announced \(why)."
        }
        let lead = figures.leadMicroseconds.map { ", a median \(Readable.shortDuration(microseconds: $0)) ahead" } ?? ""
        let share = figures.tally.hitEvents == 0 ? "none" : share(hitRatio)
        return
            "\(share) of the matching events were announced\(lead), and \(Self.share(precision)) of the announcements came true."
    }

    private static func confidences(_ figures: Figures) -> [String] {
        let bins = figures.tally.calibration
        guard bins.count >= Thresholds.leastJudged, let error = bins.expectedError, let stated = bins.meanConfidence,
            let precision = figures.precision
        else { return [] }
        if error <= Thresholds.calibrated { return ["The stated confidences can be taken at their word."] }
        let way = stated > precision ? "too much" : "too little"
        return ["They promised \(way): \(share(stated)) on average."]
    }

    private static func values(_ figures: Figures) -> [String] {
        guard let (field, score) = figures.bestField, let skill = score.leastSkill else {
            return figures.account.categories.isEmpty ? ["No field was forecast, so there is no skill to state."] : []
        }
        guard Set(figures.account.fields.map(\.file)).count == 1 else { return means(figures) }
        let isOnly = figures.account.fields.count == 1
        guard skill >= Thresholds.usefulSkill else {
            let subject = isOnly ? "The values of \(field.name)" : "The values, those of \(field.name) before all,"
            let better = skill < 0.005 ? "no better" : "only \(percent(skill)) better"
            return skill == score.skillTypical
                ? ["\(subject) are noise at step \(score.step): they are forecast \(better) than by the usual value."]
                : ["\(subject) wander: at step \(score.step) they are forecast \(better) than by the last value."]
        }
        let ahead = score.step == 1 ? "the next value" : "the value \(score.step) events ahead"
        var sentence = "Of \(field.name)\(isOnly ? "" : ", the best field"), \(ahead) is forecast "
        sentence += rivals([
            ("the last value", score.skill), ("the usual value", score.skillTypical),
            ("the value a season before", score.skillSeasonal),
        ])
        return [sentence + "."]
    }

    private static func categories(_ figures: Figures) -> [String] {
        guard let field = figures.account.categories.max(by: { ($0.score.saved ?? 0) < ($1.score.saved ?? 0) }),
            let saved = field.score.saved
        else { return [] }
        // Where only categories were forecast, it counts as well what a key's own frequencies know.
        guard min(saved, figures.account.categorySkill ?? saved) >= Thresholds.usefulSkill else {
            return figures.bestField == nil
                ? ["The values are noise at step 1: they are told no better than by how frequent they are."] : []
        }
        let isOnly = figures.account.categories.count == 1
        let right = field.score.accuracy[0].map { ", and right in \(percent($0))" } ?? ""
        return [
            "Of \(field.name)\(isOnly ? "" : ", the best category"), the next value is told with \(percent(saved)) fewer bits than by how frequent values are\(right)."
        ]
    }

    private static func means(_ figures: Figures) -> [String] {
        let rivals = rivals([
            ("the last value", figures.skill), ("the usual value", figures.skillTypical),
            ("the value a season before", figures.skillSeasonal),
        ])
        return ["Over all files and fields values are forecast \(rivals)."]
    }

    /// `57 % better than by the last value, 3 % worse than by …`.
    private static func rivals(_ rivals: [(name: String, skill: Double?)]) -> String {
        rivals.compactMap { name, skill in
            skill.map { "\(percent(abs($0))) \($0 >= 0 ? "better" : "worse") than by \(name)" }
        }.joined(separator: ", ")
    }

    private static func arrivals(_ figures: Figures) -> [String] {
        guard figures.account.hasTimes else {
            return ["No field tells when events happened, so only their order was learned; name it with --time."]
        }
        if let grid = figures.account.gridMicroseconds {
            return ["Events come on a beat of \(Readable.shortDuration(microseconds: grid)), so when is no question."]
        }
        guard let ratio = figures.gapRatio else { return [] }
        return ratio <= Thresholds.usefulGapRatio
            ? [
                "Arrival times have a pattern: they are told \(percent(1 - ratio)) better than by their distribution alone."
            ]
            : ["Arrival times are told no better than by their distribution alone."]
    }

    /// Why little was announced though values are no noise.
    private static func reserve(_ figures: Figures) -> [String] {
        guard let skill = figures.bestField?.score.leastSkill, skill >= Thresholds.usefulSkill else { return [] }
        return ["Few predictions reached --min-confidence; a wider --tolerance lets more pass."]
    }

    private static func cost(_ figures: Figures) -> [String] {
        guard let cost = figures.microsecondsPerEvent else { return [] }
        let memory = Readable.bytes(Double(figures.account.modelBytes + figures.account.bufferBytes))
        return ["It takes \(microseconds(cost)) of one core per event, and \(memory)."]
    }

    /// A time as people read it: `8.1 µs`.
    static func microseconds(_ value: Double) -> String {
        value < 1_000
            ? "\(Readable.fixed(value, decimals: value < 99.5 ? 1 : 0)) µs"
            : "\(Readable.fixed(value / 1_000, decimals: 1)) ms"
    }

    private static func percent(_ value: Double) -> String { Readable.percent(value) }

    /// A share that is not rounded to all or nothing.
    private static func share(_ value: Double) -> String {
        let decimals = value < 0.01 || value > 0.99 && value < 1 ? 1 : 0
        return Readable.percent(value, decimals: decimals)
    }
}
