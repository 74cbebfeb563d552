#if Server
import HTTPTypes
import Hummingbird

/// The paths of the API. The OpenAPI document describes the same; a test compares them.
enum Route: Equatable {
    case streams
    case stream(String)
    case events(String)
    case history(String)
    case streamTail(String)
    case requests
    case request(String)
    case requestEvents(String)
    case requestNext(String)
    case requestConfidence(String)
    case requestBuffer(String)
    case requestPredictions(String)
    case deadLetters
    case deadLettersReplay
    case deadLetter(String)
    case deadLetterReplay(String)
    case tokens
    case token(String)
    case tickets
    case live
    case ready
    case status
    case metrics
    case openAPI
    case page
    /// Of nodes of a cluster only.
    case cluster

    /// One of each that a server has, for those who want to know what there is.
    static let all: [Route] = [
        .streams, .stream("{name}"), .events("{name}"), .history("{name}"), .streamTail("{name}"), .requests,
        .request("{id}"), .requestEvents("{id}"), .requestNext("{id}"), .requestConfidence("{id}"),
        .requestBuffer("{id}"), .requestPredictions("{id}"), .deadLetters, .deadLettersReplay,
        .deadLetter("{id}"), .deadLetterReplay("{id}"), .tokens, .token("{id}"), .tickets, .live, .ready, .status,
        .metrics, .openAPI, .page,
    ]

    /// Tells the route of a path; nil for a path that does not exist.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { PercentText.decoded($0) }
        switch parts {
        case [""]: self = .page
        case ["openapi.json"]: self = .openAPI
        case ["metrics"]: self = .metrics
        case ["health", "live"]: self = .live
        case ["health", "ready"]: self = .ready
        case ["v1", "status"]: self = .status
        case ["v1", "streams"]: self = .streams
        case ["v1", "tail-requests"]: self = .requests
        case ["v1", "dead-letters"]: self = .deadLetters
        case ["v1", "tokens"]: self = .tokens
        case ["v1", "tickets"]: self = .tickets
        case ["v1", "dead-letters", "replay"]: self = .deadLettersReplay
        default:
            guard parts.count >= 3, parts.count <= 5, parts[0] == "v1", let name = parts[2], !name.isEmpty else {
                return nil
            }
            switch (parts[1], parts.dropFirst(3).map { $0 ?? "" }) {
            case ("streams", []): self = .stream(name)
            case ("streams", ["events"]): self = .events(name)
            case ("streams", ["history"]): self = .history(name)
            case ("streams", ["tail"]): self = .streamTail(name)
            case ("tokens", []): self = .token(name)
            case ("dead-letters", []): self = .deadLetter(name)
            case ("dead-letters", ["replay"]): self = .deadLetterReplay(name)
            case ("tail-requests", []): self = .request(name)
            case ("tail-requests", ["events"]): self = .requestEvents(name)
            case ("tail-requests", ["next"]): self = .requestNext(name)
            case ("tail-requests", ["confidence"]): self = .requestConfidence(name)
            case ("tail-requests", ["buffer"]): self = .requestBuffer(name)
            case ("tail-requests", ["buffer", "predictions"]): self = .requestPredictions(name)
            default: return nil
            }
        }
    }

    /// The path as the OpenAPI document names it.
    var template: String {
        switch self {
        case .streams: "/v1/streams"
        case .stream: "/v1/streams/{name}"
        case .events: "/v1/streams/{name}/events"
        case .history: "/v1/streams/{name}/history"
        case .streamTail: "/v1/streams/{name}/tail"
        case .requests: "/v1/tail-requests"
        case .request: "/v1/tail-requests/{id}"
        case .requestEvents: "/v1/tail-requests/{id}/events"
        case .requestNext: "/v1/tail-requests/{id}/next"
        case .requestConfidence: "/v1/tail-requests/{id}/confidence"
        case .requestBuffer: "/v1/tail-requests/{id}/buffer"
        case .requestPredictions: "/v1/tail-requests/{id}/buffer/predictions"
        case .deadLetters: "/v1/dead-letters"
        case .deadLettersReplay: "/v1/dead-letters/replay"
        case .deadLetter: "/v1/dead-letters/{id}"
        case .deadLetterReplay: "/v1/dead-letters/{id}/replay"
        case .tokens: "/v1/tokens"
        case .token: "/v1/tokens/{id}"
        case .tickets: "/v1/tickets"
        case .live: "/health/live"
        case .ready: "/health/ready"
        case .status: "/v1/status"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.json"
        case .page: "/"
        case .cluster: "/v1/cluster"
        }
    }

    /// The methods that the path knows; HEAD is where GET is.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .stream: [.get, .put, .delete]
        case .events, .deadLettersReplay, .deadLetterReplay, .tickets: [.post]
        case .deadLetters, .deadLetter, .token: [.get, .delete]
        case .requests, .tokens: [.get, .post]
        case .request: [.get, .patch, .delete]
        default: [.get]
        }
    }
}
#endif
