import FieldExtraction

/// What happened over time, in at most ``BacktestLimits/points`` points of equally many events: when there are more, two become
/// one.
struct Timeline: Sendable {
    /// One run of events.
    struct Point: Sendable {
        /// Events.
        var events = 0
        /// The time of the last of them.
        var time: Timestamp?
        /// Those that matched, and those of them that had been announced.
        var matched = 0
        var hits = 0
        /// Predictions judged, and those that came true.
        var judged = 0
        var right = 0
        /// Events whose categories were scored, and the bits they took by the models and by frequency.
        var priced = 0
        var bits = 0.0
        var bitsByFrequency = 0.0
        /// Expected events with live predictions, and the counted bytes of these, at the end of the run; where two runs became
        /// one, the mean.
        var bufferSize = 0.0
        var bufferBytes = 0.0
        /// The parts of the models, in the same way, by their place in ``Timeline/models``.
        var weights: [Double] = []

        /// Takes in the run before this one.
        mutating func prepend(_ other: Point, share: Double) {
            events += other.events
            matched += other.matched
            hits += other.hits
            judged += other.judged
            right += other.right
            priced += other.priced
            bits += other.bits
            bitsByFrequency += other.bitsByFrequency
            bufferSize += share * (other.bufferSize - bufferSize)
            bufferBytes += share * (other.bufferBytes - bufferBytes)
            for place in weights.indices {
                weights[place] += share * ((place < other.weights.count ? other.weights[place] : 0) - weights[place])
            }
        }
    }

    /// Points that are complete.
    private(set) var points: [Point] = []
    /// The names of the models, in the order they appeared.
    private(set) var models: [String] = []
    private var width = 1
    private var current = Point()

    /// Counts what became of one event; the point it is in.
    ///
    /// - Returns: Whether the point is complete: then it wants ``close(bufferSize:bufferBytes:models:)``.
    mutating func add(time: Timestamp?, matched: Int, hits: Int, judged: Int, right: Int) -> Bool {
        current.events += 1
        current.time = time ?? current.time
        current.matched += matched
        current.hits += hits
        current.judged += judged
        current.right += right
        return current.events >= width
    }

    /// Counts what the categories of one event cost; before the event itself is.
    mutating func add(_ price: CategoryBook.Price) {
        current.priced += 1
        current.bits += price.bits
        current.bitsByFrequency += price.bitsByFrequency
    }

    /// Ends the point under way with what the buffer and the models are then.
    mutating func close(bufferSize: Int, bufferBytes: Int, models shares: [(name: String, weight: Double)]) {
        guard current.events > 0 else { return }
        current.bufferSize = Double(bufferSize)
        current.bufferBytes = Double(bufferBytes)
        current.weights = [Double](repeating: 0, count: models.count)
        for (name, weight) in shares {
            if let place = models.firstIndex(of: name) {
                current.weights[place] = weight
            } else {
                models.append(name)
                current.weights.append(weight)
            }
        }
        points.append(current)
        current = Point()
        if points.count >= BacktestLimits.points { halve() }
    }

    private mutating func halve() {
        points = stride(from: 0, to: points.count - 1, by: 2).map { place in
            var merged = points[place + 1]
            merged.prepend(points[place], share: 0.5)
            return merged
        }
        width *= 2
    }

    /// The part of a model at a point.
    func weight(_ model: Int, at point: Point) -> Double { model < point.weights.count ? point.weights[model] : 0 }

    /// The models by their mean part, most first.
    var ranking: [(name: String, place: Int, mean: Double)] {
        models.indices.map { place in
            (models[place], place, points.reduce(0) { $0 + weight(place, at: $1) } / Double(max(points.count, 1)))
        }.sorted { ($0.mean, $1.place) > ($1.mean, $0.place) }
    }

    /// The points brought down to so many, by merging neighbours.
    func coarse(_ count: Int) -> [Point] {
        guard points.count > count else { return points }
        return (0..<count).map { part in
            let range = part * points.count / count..<(part + 1) * points.count / count
            var merged = points[range.upperBound - 1]
            for (number, point) in points[range].dropLast().enumerated() {
                merged.prepend(point, share: 1 / Double(number + 2))
            }
            return merged
        }
    }
}
