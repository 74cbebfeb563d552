import Foretail

/// A tail request as the simulator registers it.
struct SimulatedRequest: Sendable {
    /// The number of its stream.
    var stream: Int
    var filter: SimulatedFilter
    /// nil: it only tails.
    var settings: PredictionSettings?

    /// The request in a line, for a failure's report.
    var summary: String {
        let prediction =
            settings.map { settings in
                "steps \(settings.steps), minConfidence \(settings.minConfidence), announce \(settings.announce), trivial "
                    + "\(settings.trivial), assert \(settings.assert), predict \(settings.predict), tolerances "
                    + "\(settings.tolerances), ttl \(settings.timeToLiveMicroseconds.map { "\($0) µs" } ?? "none"), neural "
                    + "\(settings.neural)"
            } ?? "tail only"
        return "stream s\(stream), filter \(filter.source ?? "none"), \(prediction)"
    }
}
