#if Server
import HTTPTypes
import Hummingbird

/// How a reading begins.
extension RecordFormat {
    /// The format that a reader asks for.
    init(for request: Request) {
        self = request.headers[.accept]?.lowercased().contains("ndjson") == true ? .ndjson : .serverSentEvents
    }

    /// The headers of a reading.
    var headers: HTTPFields {
        var headers = HTTPFields()
        headers[.contentType] = mediaType
        headers[.cacheControl] = "no-store"
        // Its other side is watched while it lasts, and so it carries no further request.
        headers[.connection] = "close"
        headers[HTTPField.Name("X-Accel-Buffering")!] = "no"
        return headers
    }

    /// What a reading begins with, for those who do not want to read: nobody is counted, nothing is attached.
    var head: Response { Response(status: .ok, headers: headers, body: ResponseBody { _ in }) }
}
#endif
