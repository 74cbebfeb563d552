#if Server
import Foretail

/// Why a request to a server came to nothing.
enum ClientFailure: Error, Hashable, Sendable {
    /// There was no connection, or it broke.
    ///
    /// `wasSent`: whether the server may have had the request.
    case connection(String, wasSent: Bool)
    /// The server said no.
    case problem(ServerProblem)
    /// The answer is none of this server's.
    case answer(String)
    /// Nobody wants the answer any more.
    case cancelled

    /// What went wrong.
    var message: String {
        switch self {
        case .connection(let text, _): text
        case .problem(let problem): problem.message
        case .answer(let text): text
        case .cancelled: "cancelled"
        }
    }

    /// Whether the same may succeed later.
    var isPassing: Bool {
        switch self {
        case .connection: true
        case .problem(let problem): problem.isPassing
        case .answer, .cancelled: false
        }
    }

    /// Seconds that the server asks to wait.
    var retryAfter: Int? {
        guard case .problem(let problem) = self else { return nil }
        return problem.retryAfter
    }

    /// The failure as the program's last words, with a remedy.
    func error(at address: ServerAddress) -> ForetailError {
        guard case .connection(let text, _) = self else { return ForetailError(.source, message) }
        return ForetailError(
            .source,
            "\(address): \(text); start a server with `foretail serve`, or name another with --server or in the URL")
    }
}
#endif
