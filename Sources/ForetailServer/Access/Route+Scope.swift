#if Server
import HTTPTypes

extension Route {
    /// What a caller needs where tokens are in force.
    enum Need: Equatable {
        /// Nothing: probes have no token.
        case nothing
        /// Any token.
        case token
        /// A token with all of these scopes.
        case scopes([AccessScope])
        /// A token with the scope admin over all streams.
        case everything
    }

    /// What a path is about. Who does not see it is told that it is not there.
    enum Subject: Equatable {
        case nothing
        case stream(String)
        case request(String)
        case deadLetter(String)
    }

    /// What a caller needs. All routes on one page: there is no `default`, so that a new one has to be thought of.
    func need(_ method: HTTPRequest.Method) -> Need {
        let isReading = method == .get || method == .head
        return switch self {
        case .live: .nothing
        case .ready, .openAPI, .page: .token
        case .status, .metrics, .cluster: .scopes([.read])
        case .streams, .history, .streamTail: .scopes([.read])
        case .stream: .scopes(isReading ? [.read] : [.admin])
        case .events: .scopes([.write])
        // A tail request reads, and leaves something behind that works on.
        case .requests, .request: .scopes(isReading ? [.read] : [.read, .write])
        case .requestEvents, .requestNext, .requestConfidence, .requestBuffer, .requestPredictions: .scopes([.read])
        case .deadLetters, .deadLetter: .scopes(isReading ? [.read] : [.read, .write])
        case .deadLettersReplay, .deadLetterReplay: .scopes([.read, .write])
        case .tickets: .scopes([.read])
        case .tokens: .everything
        // A token may look at itself.
        case .token: isReading ? .token : .everything
        }
    }

    /// What the path is about.
    var subject: Subject {
        switch self {
        case .stream(let name), .events(let name), .history(let name), .streamTail(let name): .stream(name)
        case .request(let id), .requestEvents(let id), .requestNext(let id), .requestConfidence(let id),
            .requestBuffer(let id), .requestPredictions(let id):
            .request(id)
        case .deadLetter(let id), .deadLetterReplay(let id): .deadLetter(id)
        // These show what the caller sees, and say so where they do.
        case .streams, .requests, .deadLetters, .deadLettersReplay, .tokens, .token, .tickets, .live, .ready, .status,
            .metrics, .openAPI, .page, .cluster:
            .nothing
        }
    }

    /// The name or id in the path; nil where there is none.
    var object: String? {
        if case .token(let id) = self { return id }
        return switch subject {
        case .nothing: nil
        case .stream(let name): name
        case .request(let id), .deadLetter(let id): id
        }
    }

    /// Whether a ticket may stand in the path's query.
    var takesTickets: Bool {
        switch self {
        case .requestEvents, .streamTail: true
        default: false
        }
    }
}

extension Route.Need {
    /// The need in words.
    var description: String {
        switch self {
        case .nothing: "nothing"
        case .token: "a token"
        case .scopes(let scopes): "the scope " + scopes.map(\.rawValue).joined(separator: " and ")
        case .everything: "the scope admin over all streams (*)"
        }
    }
}
#endif
