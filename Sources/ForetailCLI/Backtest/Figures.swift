#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a backtest says of a key, of a file, or of all files.
struct Figures: Sendable {
    /// The sums.
    let account: Account

    /// Reads the figures off an account.
    init(_ account: Account) { self.account = account }

    var tally: Tally { account.tally }
    var hitRatio: Double? { tally.hitRatio }
    var precision: Double? { tally.counts.precision }
    /// The upper median of the hits' leads, in microseconds.
    var leadMicroseconds: Int64? { tally.leads.median }
    /// The expected calibration error.
    var calibrationError: Double? { tally.calibration.expectedError }
    /// The first scored step.
    var firstStep: Int? { account.fields.first?.scores.first?.step }

    /// 1 − the geometric mean, over fields, of MAE ÷ MAE of naive at the first step; nil without a numeric field.
    var skill: Double? { Self.skill(account.fields.compactMap { $0.scores.first?.skill }) }
    /// The same next to the median of all values before.
    var skillTypical: Double? { Self.skill(account.fields.compactMap { $0.scores.first?.skillTypical }) }
    /// The same next to seasonal naive.
    var skillSeasonal: Double? { Self.skill(account.fields.compactMap { $0.scores.first?.skillSeasonal }) }
    /// The share of values within their 90 % interval, over fields, at the first step.
    var coverage: Double? {
        let scores = account.fields.compactMap { $0.scores.first }
        let origins = scores.reduce(0) { $0 + $1.origins }
        guard origins > 0 else { return nil }
        return scores.reduce(0) { $0 + ($1.coverage ?? 0) * Double($1.origins) } / Double(origins)
    }
    /// The share of events within their 90 % window at the first step.
    var windowCoverage: Double? { account.windows.first?.coverage }
    var gapPinball: Double? { account.gaps.gapPinball }
    var gapPinballEmpirical: Double? { account.gaps.gapPinballEmpirical }
    /// The loss of the quantiles told ÷ that of the empirical ones; nil where gaps never differ.
    var gapRatio: Double? {
        guard let gapPinball, let gapPinballEmpirical, gapPinballEmpirical > 0 else { return nil }
        return gapPinball / gapPinballEmpirical
    }
    /// CPU time per event, in microseconds.
    var microsecondsPerEvent: Double? {
        tally.events > 0 && account.seconds > 0 ? account.seconds * 1e6 / Double(tally.events) : nil
    }

    /// The field that beats both the last value and the usual one by most at the first step, with its score.
    var bestField: (field: Account.Field, score: StepScore)? {
        account.fields.compactMap { field in field.scores.first.map { (field, $0) } }
            .filter { $0.1.leastSkill != nil }.max { ($0.1.leastSkill ?? 0) < ($1.1.leastSkill ?? 0) }
    }

    private static func skill(_ skills: [Double]) -> Double? {
        guard !skills.isEmpty else { return nil }
        // A forecast that was never off would make the mean minus infinity.
        let logarithms = skills.map { log(max(1 - $0, 1e-9)) }
        return 1 - exp(logarithms.reduce(0, +) / Double(skills.count))
    }
}
