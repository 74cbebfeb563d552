import FieldExtraction

/// The last events of one key with what had been said of them, what is said of the next ones, and hits and misses below.
struct HistoryChart {
    private let showcase: Showcase
    private let moments: [Showcase.Moment]

    init(_ showcase: Showcase) {
        self.showcase = showcase
        moments = showcase.moments
    }

    /// The drawing; nil of fewer than two events.
    var svg: String? {
        guard let first = moments.first, let last = moments.last, moments.count > 1 else { return nil }
        let hasValues = moments.contains { $0.value.isFinite }
        let future = last.fans.last.map { max($0.time, last.time) } ?? last.time
        // What lies far ahead must not squeeze the past.
        let end = min(future, last.time + max((last.time - first.time) / 3, 1))
        var chart = Chart(
            x: Double(first.time)...Double(max(end, first.time + 1)), y: vertical,
            height: hasValues ? 310 : 84, bottom: 64)
        if hasValues {
            chart.verticalAxis()
            forecasts(&chart)
            if moments.count > 3, let step = last.fans.last?.step, step > 1 {
                fan(from: max(moments.count - 1 - max(step, moments.count / 4), 0), in: &chart)
            }
            fan(from: moments.count - 1, in: &chart)
            chart.line(moments.map { (Double($0.time), $0.value) }, "actual")
        }
        rug(&chart)
        let labels = TimeLabels(spanMicroseconds: end - first.time)
        chart.horizontalLabels(
            (0...3).map { part in
                let time = first.time + (end - first.time) / 3 * Int64(part)
                return (Double(time), labels.text(Timestamp(microseconds: time)))
            })
        return chart.svg(label: "The last \(moments.count) events with their predictions, hits and misses")
    }

    /// What the drawing's looks mean.
    var legend: String {
        var entries: [(String, String)] = []
        if moments.contains(where: { $0.value.isFinite }) {
            let step = moments.last?.fans.first?.step ?? 1
            let ahead = step == 1 ? "1 event" : "\(step) events"
            entries = [
                ("actual", "what came"), ("median", "what was said \(ahead) ahead"), ("band50", "50 %"),
                ("band90", "90 %"),
            ]
        }
        entries += [("hit", "announced"), ("missed", "not announced"), ("wrong", "wrong"), ("expired", "expired")]
        return Markup.legend(entries)
    }

    /// From the least to the largest value, and a good part of the intervals.
    private var vertical: ClosedRange<Double> {
        let values = moments.map(\.value).filter(\.isFinite)
        guard let least = values.min(), let most = values.max() else { return 0...1 }
        let reach = max((most - least) * 0.15, abs(most) * 1e-9)
        let told = moments.flatMap { $0.fans.flatMap { [$0.low, $0.high] } }.filter(\.isFinite)
        return max(min(told.min() ?? least, least), least - reach)...min(max(told.max() ?? most, most), most + reach)
    }

    /// The forecasts of the first step, each at the event it was of.
    private func forecasts(_ chart: inout Chart) {
        var wide: [(x: Double, low: Double, high: Double)] = []
        var narrow: [(x: Double, low: Double, high: Double)] = []
        var middle: [(Double, Double)] = []
        for (place, moment) in moments.enumerated() {
            guard let step = moments.last?.fans.first?.step, place >= step,
                let fan = moments[place - step].fans.first(where: { $0.step == step })
            else { continue }
            let time = Double(moment.time)
            wide.append((time, fan.low, fan.high))
            narrow.append((time, fan.value - (fan.half ?? .nan), fan.value + (fan.half ?? .nan)))
            middle.append((time, fan.value))
        }
        chart.band(wide, "band90")
        chart.band(narrow, "band50")
        chart.line(middle, "median")
    }

    /// All that was said after one event.
    private func fan(from place: Int, in chart: inout Chart) {
        let origin = moments[place]
        guard !origin.fans.isEmpty, origin.value.isFinite else { return }
        let start = Double(origin.time)
        let fans = origin.fans.filter { $0.time >= origin.time }
        chart.band([(start, origin.value, origin.value)] + fans.map { (Double($0.time), $0.low, $0.high) }, "fan90")
        chart.band(
            [(start, origin.value, origin.value)]
                + fans.map { (Double($0.time), $0.value - ($0.half ?? .nan), $0.value + ($0.half ?? .nan)) }, "fan50")
        chart.line([(start, origin.value)] + fans.map { (Double($0.time), $0.value) }, "fan")
    }

    /// Two rows of ticks: events, announced or not, and predictions that did not come true.
    private func rug(_ chart: inout Chart) {
        let matched = moments.filter(\.isMatched)
        chart.label("events", below: 17)
        chart.ticks(matched.filter(\.isHit).map { Double($0.time) }, below: 8, length: 11, "hit")
        chart.ticks(matched.filter { !$0.isHit }.map { Double($0.time) }, below: 8, length: 11, "missed")
        chart.label("misses", below: 34)
        chart.ticks(showcase.misses.filter { !$0.isExpired }.map { Double($0.time) }, below: 25, length: 11, "wrong")
        chart.ticks(showcase.misses.filter(\.isExpired).map { Double($0.time) }, below: 25, length: 11, "expired")
    }
}
