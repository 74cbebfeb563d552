#if Server
import HTTPTypes
import Hummingbird
import NIOCore

/// A request's body, piece by piece, unpacked, up to a limit.
struct BodyPieces {
    private var iterator: RequestBody.AsyncIterator
    private let encoding: String?
    private var inflater: Inflater?
    private var taken = 0
    private let limit: Int

    init(_ request: Request, limit: Int) {
        iterator = request.body.makeAsyncIterator()
        self.limit = limit
        encoding = request.headers[.contentEncoding]?.lowercased()
    }

    /// The next piece; nil at the end.
    ///
    /// - Throws: ``Problem``: 413 beyond the limit, 415 for an encoding nobody knows, 400 for damaged data.
    @concurrent mutating func next() async throws -> [UInt8]? {
        // A packed body can keep this going for minutes without ever waiting for its sender.
        try Task.checkCancellation()
        let received: ByteBuffer?
        do {
            received = try await iterator.next()
        } catch let error as CancellationError {
            throw error
        } catch {
            // The sender's doing, not a failure of the server: the connection broke, or what came is no body.
            throw Problem.invalid("body", "the body ended early: \(error)", remedy: "send it again")
        }
        guard let buffer = received else {
            try inflater?.finish()
            return nil
        }
        let packed = Array(buffer.readableBytesView)
        var piece: [UInt8]
        switch encoding {
        case nil, "", "identity": piece = packed
        case "gzip", "x-gzip", "deflate":
            if inflater == nil { inflater = try Inflater() }
            piece = []
            try inflater?.unpack(packed, limit: limit - taken, into: &piece)
        default:
            throw Problem(
                .unsupportedMediaType, "encoding", "the body cannot be unpacked from '\(encoding ?? "")'",
                field: "Content-Encoding", remedy: "use gzip or deflate, or none")
        }
        taken += piece.count
        guard taken <= limit else {
            throw Problem(
                .contentTooLarge, "too-large", "the body is larger than \(limit) bytes", remedy: "send it in parts")
        }
        return piece
    }
}
#endif
