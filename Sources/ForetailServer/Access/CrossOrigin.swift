#if Server
import HTTPTypes
import Hummingbird

/// Which pages of other origins a browser lets call.
///
/// An origin is allowed whole and exactly: scheme, host and port. There is no `*`, and no credentials are allowed, because a
/// token stands in a header that a page has to set itself.
///
/// Source: Fetch Standard, 3.2 CORS protocol.
struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private static let headers = "Authorization, Content-Type, Content-Encoding, Last-Event-ID, X-Request-Id"
    private static let exposed = "Location, Retry-After, WWW-Authenticate, X-Request-Id"
    /// Seconds for which a browser need not ask again.
    private static let maxAge = "600"

    init(_ origins: [String]) { self.origins = Set(origins) }

    /// Whether a text is an origin as browsers send it.
    static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        return !rest.isEmpty
            && rest.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }

    /// The answer to a browser that asks whether a page may call; nil: it is something else, or from an origin that may not.
    func preflight(_ request: Request, route: Route?) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            allowed(request) != nil, let route
        else { return nil }
        let methods = route.methods.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.joined(separator: ", "),
                .accessControlAllowHeaders: Self.headers + attributes(request), .accessControlMaxAge: Self.maxAge,
            ])
    }

    /// The headers asked for that hold attributes of CloudEvents: a page may make up names for its own.
    private func attributes(_ request: Request) -> String {
        (request.headers[.accessControlRequestHeaders] ?? "").split(separator: ",")
            .compactMap { HTTPField.Name(String($0.drop { $0 == " " }.lowercased())) }
            .filter { $0.canonicalName.hasPrefix("ce-") }
            .map { ", \($0.canonicalName)" }.joined()
    }

    /// Says in an answer who may read it.
    func mark(_ response: inout Response, for request: Request) {
        guard !origins.isEmpty else { return }
        // Of all answers: one that was kept for another origin is of no use.
        response.headers[.vary] = (response.headers[.vary].map { "\($0), " } ?? "") + "Origin"
        guard let origin = allowed(request) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
    }

    private func allowed(_ request: Request) -> String? {
        request.headers[.origin].flatMap { origins.contains($0) ? $0 : nil }
    }
}
#endif
