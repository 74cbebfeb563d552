import FieldExtraction
import Foretail

/// An action cut loose from the container it came in, so that it can be kept, compared and tampered with.
enum ObservedAction: Sendable {
    /// An event on its way to a request.
    struct Forward: Sendable {
        var request: TailRequestID
        var stream: String
        var position: Position
        var time: Timestamp
        var key: [UInt8]
        var body: [UInt8]
        var raw: [UInt8]
        var prediction: PredictionID?
        var leadMicroseconds: Int64
    }

    case forward(Forward)
    case announce(Prediction)
    case outcome(Outcome)
    case gap(TailRequestID)
    case watch(WatchRecord)
    case other

    /// Cuts all actions loose.
    static func list(_ actions: borrowing Actions) -> [ObservedAction] {
        var list: [ObservedAction] = []
        for action in actions.items {
            switch action {
            case .forward(let forward):
                let event = actions.events[forward.event]
                list.append(
                    .forward(
                        Forward(
                            request: forward.request, stream: event.stream, position: event.position, time: event.time,
                            key: event.key.map { Array(actions.bytes[$0]) } ?? [],
                            body: Array(actions.bytes[event.body]),
                            raw: Array(actions.bytes[event.raw]), prediction: forward.prediction,
                            leadMicroseconds: forward.leadMicroseconds)))
            case .announce(let prediction, _): list.append(.announce(prediction))
            case .outcome(let outcome, _): list.append(.outcome(outcome))
            case .gap(_, let request, _): list.append(.gap(request))
            case .watch(let watch, _): list.append(.watch(watch))
            case .expect, .follow: list.append(.other)
            case .train: break
            }
        }
        return list
    }

    /// The action in a line, for a failure's report.
    var summary: String {
        switch self {
        case .forward(let forward):
            let hit = forward.prediction.map { " (announced by \($0), lead \(forward.leadMicroseconds) µs)" } ?? ""
            return "\(forward.request) event \(forward.position) key '\(String(decoding: forward.key, as: UTF8.self))'"
                + " at \(forward.time)\(hit)"
        case .announce(let prediction):
            return
                "\(prediction.request) announces \(prediction.id) key '\(String(decoding: prediction.key, as: UTF8.self))'"
                + " slot \(prediction.slot) step \(prediction.step) made \(prediction.made)"
                + " window \(prediction.windowStart)…\(prediction.windowEnd) expires \(prediction.expires)"
        case .outcome(let outcome):
            let reason = outcome.reason.map { " (\($0.name))" } ?? ""
            return "\(outcome.prediction.request) ends \(outcome.prediction.id): \(outcome.result)\(reason)"
        case .gap(let request): return "\(request) is told of a gap"
        case .watch(let watch): return "\(watch.request) watch \(watch.id) \(watch.kind.name): \(watch.state.name)"
        case .other: return "another action"
        }
    }
}
