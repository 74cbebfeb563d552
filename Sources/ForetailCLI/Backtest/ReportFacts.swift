import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Figures in words, for text and page alike.
enum ReportFacts {
    /// The headline figures: label, value, note.
    static func facts(_ figures: Figures) -> [(label: String, value: String, note: String)] {
        let tally = figures.tally
        let counts = tally.counts
        var facts: [(String, String, String)] = []
        let keys = figures.account.keys
        facts.append(("events", Readable.count(tally.events), keys > 1 ? "of \(Readable.count(keys)) keys" : ""))
        facts.append(
            (
                "hit ratio", Readable.percent(tally.hitRatio, decimals: 1),
                "\(Readable.count(tally.hitEvents)) of \(Readable.count(tally.matched)) matching events"
            ))
        facts.append(
            (
                "precision", Readable.percent(counts.precision, decimals: 1),
                "of \(Readable.count(counts.judged)) predictions judged"
            ))
        if let lead = figures.leadMicroseconds {
            facts.append(("lead", Readable.shortDuration(microseconds: lead), "median"))
        }
        if let error = figures.calibrationError {
            facts.append(
                ("calibration", Readable.fixed(error, decimals: 3), "mean distance of what was said and what came true")
            )
        }
        let step = figures.firstStep ?? 1
        if let skill = figures.skill {
            var note = "next to the last value at step \(step)"
            if let typical = figures.skillTypical {
                note += "; to the usual value \(Readable.percent(typical, decimals: 1))"
            }
            if let seasonal = figures.skillSeasonal {
                note += "; to a season before \(Readable.percent(seasonal, decimals: 1))"
            }
            facts.append(("skill", Readable.percent(skill, decimals: 1), note))
        }
        if let coverage = figures.coverage {
            facts.append(("coverage", Readable.percent(coverage, decimals: 1), "of values in their 90 % interval"))
        }
        if let coverage = figures.windowCoverage {
            facts.append(("windows", Readable.percent(coverage, decimals: 1), "of events in their 90 % window"))
        }
        if figures.account.gridMicroseconds == nil, let pinball = figures.gapPinball,
            let empirical = figures.gapPinballEmpirical
        {
            facts.append(
                (
                    "gap pinball", Readable.fixed(pinball, decimals: 4),
                    "log-pinball loss of arrivals; by their running quantiles \(Readable.fixed(empirical, decimals: 4))"
                ))
        }
        facts += lookups(figures)
        if let cost = figures.microsecondsPerEvent {
            let models = Readable.bytes(Double(figures.account.modelBytes))
            let buffer = Readable.bytes(Double(figures.account.bufferBytes))
            facts.append(
                ("cost", Verdict.microseconds(cost), "per event; models \(models), predictions at most \(buffer)"))
        }
        return facts
    }

    /// What became of rehearsed lookups.
    private static func lookups(_ figures: Figures) -> [(String, String, String)] {
        guard let lookups = figures.account.lookups else { return [] }
        let rows = lookups.staged + lookups.fetched + lookups.timeouts + lookups.none
        let plain = rows > 0 ? Double(lookups.plainHits) / Double(rows) : nil
        var facts: [(String, String, String)] = [
            (
                "rows staged", Readable.percent(rows > 0 ? Double(lookups.staged) / Double(rows) : nil, decimals: 1),
                "of \(Readable.count(rows)) lookups; plain LRU of the same bytes, rows of any age, would hold \(Readable.percent(plain, decimals: 1))"
            )
        ]
        if lookups.prefetches > 0 {
            facts.append(
                (
                    "prefetches", Readable.count(lookups.prefetches),
                    "\(Readable.percent(lookups.precision, decimals: 1)) used; \(Readable.count(lookups.late)) late, "
                        + "\(Readable.count(lookups.wasted)) wasted, \(Readable.count(lookups.polluted)) made room that was needed"
                ))
        }
        facts.append(
            (
                "fetches", Readable.fixed(lookups.trafficFactor ?? 1, decimals: 2),
                "for each without prefetching; events waited \(Readable.shortDuration(microseconds: Int64(lookups.savedMicroseconds))) less"
            ))
        return facts
    }

    /// At most twelve of some values, from the first to the last, evenly spread.
    static func spread<Value>(_ values: [Value]) -> [Value] {
        values.count <= 12 ? values : (0..<12).map { values[$0 * (values.count - 1) / 11] }
    }

    /// A number with about four digits; `–` for none.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let magnitude = abs(value)
        guard magnitude > 0 else { return "0" }
        guard magnitude < 1e9, magnitude >= 1e-4 else { return "\(Float(value))" }
        let digits = Int(floor(log10(magnitude)))
        return Readable.fixed(value, decimals: min(max(3 - digits, 0), 8))
    }
}
