#if Server
import HTTPTypes
import Hummingbird
import NIOCore

/// A request's body, piece by piece, unpacked, up to a limit.
struct BodyPieces {
    private var iterator: RequestBody.AsyncIterator
    private let encoding: String?
    private var inflater: Inflater?
    private var received = 0
    private var taken = 0
    private let limit: Int
    private let ratio: Int
    /// Bytes that any packed body may come to, however few they are packed in.
    private static let freeBytes = 1 << 20
    private static let pieceBytes = 256 << 10
    private static let drainedBytes = 1 << 30

    init(_ request: Request, limit: Int, ratio: Int) {
        iterator = request.body.makeAsyncIterator()
        self.limit = limit
        self.ratio = ratio
        encoding = request.headers[.contentEncoding]?.lowercased()
    }

    /// The next piece; nil at the end. What was packed comes in pieces of ``pieceBytes``, however many a few bytes stand for.
    ///
    /// - Throws: ``Problem``: 413 beyond the limit, 415 for an encoding nobody knows, 400 for damaged data.
    @concurrent mutating func next() async throws -> [UInt8]? {
        while true {
            // A packed body can keep this going for minutes without ever waiting for its sender.
            try Task.checkCancellation()
            if let piece = try inflater?.unpack(atMost: Self.pieceBytes) { return try counted(piece) }
            guard let piece = try await receive() else {
                try inflater?.finish()
                return nil
            }
            received += piece.count
            switch encoding {
            case nil, "", "identity": return try counted(piece)
            case "gzip", "x-gzip", "deflate":
                if inflater == nil { inflater = try Inflater() }
                inflater?.feed(piece)
            default:
                throw Problem(
                    .unsupportedMediaType, "encoding", "the body cannot be unpacked from '\(encoding ?? "")'",
                    field: "Content-Encoding", remedy: "use gzip or deflate, or none")
            }
        }
    }

    /// Reads what is left and drops it, a gigabyte at most: a sender that is cut off in the middle does not get to the answer.
    @concurrent mutating func drain() async {
        var dropped = 0
        while dropped < Self.drainedBytes, let piece = try? await receive() { dropped += piece.count }
    }

    @concurrent private mutating func receive() async throws -> [UInt8]? {
        do {
            return try await iterator.next().map { Array($0.readableBytesView) }
        } catch let error as CancellationError {
            throw error
        } catch {
            // The sender's doing, not a failure of the server: the connection broke, or what came is no body.
            throw Problem.invalid("body", "the body ended early: \(error)", remedy: "send it again")
        }
    }

    private mutating func counted(_ piece: [UInt8]) throws(Problem) -> [UInt8] {
        taken += piece.count
        guard taken <= limit else {
            throw Problem(
                .contentTooLarge, "too-large", "the body is larger than \(limit) bytes", remedy: "send it in parts")
        }
        // What is not packed is as large as it is.
        guard taken <= Self.freeBytes || taken / ratio <= received else {
            var problem = Problem(
                .contentTooLarge, "packed-too-tightly",
                "the body's packed bytes stand for more than \(ratio) each, which events do not",
                field: "Content-Encoding", remedy: "send it unpacked, or raise limits.unpackRatio")
            problem.limit = Problem.Limit(name: "limits.unpackRatio", value: ratio)
            throw problem
        }
        return piece
    }
}
#endif
