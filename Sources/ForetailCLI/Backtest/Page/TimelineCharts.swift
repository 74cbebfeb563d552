import FieldExtraction

/// What is told over the whole file: hits, the buffer, the models.
struct TimelineCharts {
    private let timeline: Timeline
    private let points: [Timeline.Point]
    /// The events before each point, and after the last.
    private let starts: [Double]
    /// Models with a colour of their own.
    private static let models = 7

    init(_ timeline: Timeline) {
        self.timeline = timeline
        points = timeline.coarse(120)
        var starts = [0.0]
        for point in points { starts.append(starts[starts.count - 1] + Double(point.events)) }
        self.starts = starts
    }

    /// Whether there is anything to draw.
    var isEmpty: Bool { points.count < 2 }

    /// The share of matching events that were announced, and of announcements that came true.
    var hits: String {
        let coarse = timeline.coarse(64)
        var chart = empty(0...1, height: 190)
        chart.verticalAxis { Readable.percent($0) }
        var start = 0.0
        var precision: [(Double, Double)] = []
        for point in coarse {
            let end = start + Double(point.events)
            if point.matched > 0 {
                let share = Double(point.hits) / Double(point.matched)
                let title = "\(Readable.percent(share)) of \(Readable.count(point.matched)) matching events"
                chart.bar(from: start, to: end, low: 0, high: share, "hit", title: title)
                chart.bar(from: start, to: end, low: share, high: 1, "missed", title: title)
            }
            precision.append(
                ((start + end) / 2, point.judged > 0 ? Double(point.right) / Double(point.judged) : .nan))
            start = end
        }
        chart.line(precision, "precision")
        return chart.svg(label: "Hit ratio and precision over time")
    }

    /// The bits that the categories of an event took, by the models and by frequency; nil where none were scored.
    var bits: String? {
        func line(_ sum: (Timeline.Point) -> Double) -> [(Double, Double)] {
            points.indices.map { place in
                let point = points[place]
                return (
                    (starts[place] + starts[place + 1]) / 2,
                    point.priced > 0 ? sum(point) / Double(point.priced) : .nan
                )
            }
        }
        let (models, usual) = (line(\.bits), line(\.bitsByFrequency))
        let most = (models + usual).map(\.1).filter(\.isFinite).max() ?? 0
        guard points.count > 1, most > 0 else { return nil }
        var chart = empty(0...most * 1.1, height: 170)
        chart.verticalAxis()
        chart.line(usual, "diagonal")
        chart.line(models, "areaLine")
        return chart.svg(label: "Bits per event over the whole file, by the models and by running frequencies")
    }

    /// The live predictions in the buffer.
    var buffer: String {
        let most = points.map(\.bufferSize).max() ?? 0
        var chart = empty(0...max(most * 1.1, 1), height: 150)
        chart.verticalAxis()
        var sizes = [(0.0, points[0].bufferSize)]
        for place in points.indices { sizes.append((starts[place + 1], points[place].bufferSize)) }
        chart.band(sizes.map { ($0.0, 0, $0.1) }, "area")
        chart.line(sizes, "areaLine")
        return chart.svg(label: "Buffer size over time, at most \(Int(most)) slots")
    }

    /// The parts of the models in the forecasts, one on top of the other; nil where there are none.
    var weights: String? {
        guard !timeline.models.isEmpty else { return nil }
        var chart = empty(0...1, height: 210)
        chart.verticalAxis { Readable.percent($0) }
        var floor = [Double](repeating: 0, count: points.count)
        for (number, model) in timeline.ranking.enumerated() {
            let style = "model\(min(number, Self.models))"
            var band: [(x: Double, low: Double, high: Double)] = []
            for place in points.indices {
                let top = floor[place] + timeline.weight(model.place, at: points[place])
                if place == 0 { band.append((0, floor[place], top)) }
                band.append((starts[place + 1], floor[place], top))
                floor[place] = top
            }
            chart.band(band, style)
        }
        return chart.svg(label: "Weights of the models over time")
    }

    /// Which colour is which model.
    var weightsLegend: String {
        let ranking = timeline.ranking
        var entries = ranking.prefix(Self.models).enumerated().map { number, model in
            ("model\(number)", "\(model.name) \(Readable.percent(model.mean))")
        }
        if ranking.count > Self.models { entries.append(("model\(Self.models)", "others")) }
        return Markup.legend(entries)
    }

    /// A drawing over all events, with times below it.
    private func empty(_ vertical: ClosedRange<Double>, height: Double) -> Chart {
        var chart = Chart(x: 0...max(starts.last ?? 1, 1), y: vertical, height: height)
        let times = points.compactMap(\.time)
        guard let first = times.first, let last = times.last else { return chart }
        let labels = TimeLabels(spanMicroseconds: last.microseconds - first.microseconds)
        chart.horizontalLabels(
            (0...3).map { part in
                let place = (points.count - 1) * part / 3
                return (starts[part == 0 ? 0 : place + 1], labels.text(points[place].time ?? first))
            })
        return chart
    }
}
