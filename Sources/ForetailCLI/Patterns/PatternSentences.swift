import Forecasting

/// Patterns in plain words.
enum PatternSentences {
    /// When events come: `every 30m, 100 % of the gaps`.
    static func arrival(_ arrival: ArrivalPattern) -> String {
        var parts: [String] = []
        if let grid = arrival.grid {
            parts.append("every \(PatternFigures.duration(grid.stepMicroseconds))")
            parts.append(
                grid.share == 1 ? "all gaps keep to it" : "\(PatternFigures.share(grid.share)) of the gaps keep to it")
            if grid.missedShare > 0 { parts.append("\(PatternFigures.share(grid.missedShare)) leave out a beat") }
            if grid.jitterMicroseconds > 0 {
                parts.append("typically off by \(PatternFigures.duration(grid.jitterMicroseconds))")
            }
        } else {
            parts.append("median gap \(PatternFigures.duration(arrival.medianGapMicroseconds))")
            parts.append("one of ten over \(PatternFigures.duration(arrival.longGapMicroseconds))")
        }
        if arrival.tiedShare > 0 {
            parts.append("\(PatternFigures.share(arrival.tiedShare)) at the time of the one before")
        }
        return parts.joined(separator: ", ")
    }

    /// What the values are: `8 … 30,373, 2 % zeros, 5 % missing`.
    static func values(_ summary: FieldSummary) -> String {
        var parts: [String] = []
        if let low = summary.low, let high = summary.high {
            let isSame = low == high
            parts.append(PatternFigures.value(low) + (isSame ? "" : " … " + PatternFigures.value(high)))
            if let count = summary.valueCount, !isSame { parts.append("\(count) different values") }
            if let zeros = summary.zeroShare, zeros > 0, !isSame {
                parts.append("\(PatternFigures.share(zeros)) zeros")
            }
            if summary.neverFalls { parts.append("never falls") }
        } else {
            parts += texts(summary)
        }
        if summary.missingCount > 0 { parts.append("\(PatternFigures.share(summary.missingShare)) missing") }
        return parts.joined(separator: ", ")
    }

    private static func texts(_ summary: FieldSummary) -> [String] {
        if summary.kind == .constant, let only = summary.commonest.first { return [quoted(only.value)] }
        guard summary.kind == .categorical else { return [summary.reason] }
        var parts: [String] = []
        if let count = summary.valueCount { parts.append("\(count) different \(count == 1 ? "value" : "values")") }
        if let entropy = summary.entropyBits { parts.append("\(Readable.fixed(entropy, decimals: 2)) bits each") }
        let most = summary.commonest.map { "\(quoted($0.value)) \(PatternFigures.share($0.share))" }
        if !most.isEmpty { parts.append("most often " + most.joined(separator: ", ")) }
        return parts
    }

    private static func quoted(_ text: String) -> String {
        TerminalText.cut(TerminalText.harmless(text), cells: 40)
    }

    /// What a field does, a label and a sentence each.
    static func lines(_ field: FieldPatterns, span: Int64) -> [(label: String, sentence: String)] {
        var lines: [(String, String)] = []
        if field.summary.kind == .categorical, let follows = follows(field.summary) { lines.append(("order", follows)) }
        guard let found = field.numeric else { return lines }
        for (number, season) in found.seasons.enumerated() {
            lines.append((label(season), sentence(season, isFirst: number == 0)))
        }
        if let trend = found.trend { lines.append(("trend", sentence(trend, span: span))) }
        for shift in found.shifts { lines.append(("shift", sentence(shift))) }
        let known = field.summary.eventCount - field.summary.missingCount
        if lines.isEmpty, field.summary.kind != .constant {
            lines.append(
                known < PatternDetector.leastValues
                    ? ("–", "too few values to tell (\(PatternDetector.leastValues) at least)")
                    : ("–", "no season, trend or level shift beyond what noise makes"))
        }
        return lines
    }

    private static func follows(_ summary: FieldSummary) -> String? {
        guard let followed = summary.followedShare, let common = summary.commonestShare else { return nil }
        guard followed > common + 0.05 else { return nil }
        return "the value before tells the next in \(PatternFigures.share(followed)) of the events"
            + " (the commonest alone in \(PatternFigures.share(common)))"
    }

    private static func label(_ season: SeasonPattern) -> String {
        switch season.calendar {
        case .hour?: "hourly"
        case .halfDay?: "twice daily"
        case .day?: "daily"
        case .week?: "weekly"
        case nil: "season"
        }
    }

    private static func sentence(_ season: SeasonPattern, isFirst: Bool) -> String {
        var text = "every \(Readable.count(season.periodEvents)) events"
        if season.calendar == nil, let length = season.periodMicroseconds {
            text += " (\(PatternFigures.duration(length)))"
        }
        text += isFirst ? "; explains " : "; explains a further "
        text += "\(PatternFigures.share(season.strength)) of the variance"
        if season.localStrength > 1.5 * season.strength, let span = within(season) {
            text += " (\(PatternFigures.share(season.localStrength)) of that within \(span))"
        }
        text += ", since \(PatternFigures.place(season.sinceMicroseconds, event: season.sinceEvent))"
        return season.holds ? text : text + ", not of late"
    }

    private static func within(_ season: SeasonPattern) -> String? {
        switch season.calendar {
        case .hour?: "an hour"
        case .halfDay?: "half a day"
        case .day?: "a day"
        case .week?: "a week"
        case nil: "one"
        }
    }

    /// A slope by the longest usual time that the series spans, and by the event.
    private static func sentence(_ trend: TrendPattern, span: Int64) -> String {
        let perEvent = "\(PatternFigures.rough(trend.perEvent)) an event"
        guard let perDay = trend.perDay else { return perEvent }
        for (length, name) in [(CalendarSpan.day.microseconds, "a day"), (CalendarSpan.hour.microseconds, "an hour")]
        where span >= length {
            let share = Double(length) / Double(CalendarSpan.day.microseconds)
            return "\(PatternFigures.rough(perDay * share)) \(name) (\(perEvent))"
        }
        return "\(PatternFigures.rough(perDay / 1_440)) a minute (\(perEvent))"
    }

    private static func sentence(_ shift: LevelShift) -> String {
        let size =
            "\(PatternFigures.signed(shift.size)) (\(PatternFigures.value(shift.before)) → \(PatternFigures.value(shift.after)))"
        let start = PatternFigures.place(shift.microseconds, event: shift.event)
        guard let end = shift.endEvent else { return "\(size) at \(start)" }
        return "\(size) from \(start) to \(PatternFigures.place(shift.endMicroseconds, event: end))"
    }
}
