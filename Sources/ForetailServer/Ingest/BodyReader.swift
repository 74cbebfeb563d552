#if Server
import FieldExtraction
import Foretail
import Hummingbird

/// Who takes the events of a body as they come.
protocol BodyTaker {
    /// Takes the next lines of a body; the beginning of a line is kept for the next call.
    mutating func take(lines block: [UInt8], isEnd: Bool) async throws(Problem)

    /// Takes a body that is one JSON text.
    mutating func take(whole body: [UInt8]) async throws(Problem)
}

/// Reads the bodies of requests: unpacked, up to their limits, to the end also where they are refused.
///
///     let document = try await bodies.json(request)                           // a control call
///     try await bodies.feed(request, as: .ndjson, to: &intake)                // events
struct BodyReader: Sendable {
    private let limits: ServerLimits
    private let scan: ScanLimits
    /// Bytes of lines that are framed together.
    private static let blockBytes = 256 << 10

    init(_ configuration: ServerConfiguration) {
        limits = configuration.limits
        scan = configuration.manager.limits.scan
    }

    /// A control call's body, as JSON.
    ///
    /// - Throws: ``Problem``: 415 for what does not call itself JSON, 413 beyond `limits.controlBytes`, 400 for what is none.
    func json(_ request: Request) async throws -> JSONValue {
        if let type = request.headers[.contentType]?.lowercased(), !type.contains("json") {
            throw Problem(
                .unsupportedMediaType, "media-type", "expected JSON, not '\(type)'", field: "Content-Type",
                remedy: "send application/json")
        }
        let bytes = try await whole(request, limit: limits.controlBytes)
        do throws(FieldExtractionError) {
            var scan = scan
            scan.line = max(scan.line, bytes.count)
            return try JSONValue(parsing: bytes, limits: scan)
        } catch {
            throw Problem.invalid("body", error.description)
        }
    }

    /// Hands the events of a body over: lines in blocks, anything else whole.
    ///
    /// - Throws: ``Problem``: what the body, or who takes it, has against it.
    func feed<Taker: BodyTaker>(_ request: Request, as format: BodyFormat, to taker: inout Taker) async throws {
        if format.isLines { return try await feed(lines: request, to: &taker) }
        var bytes = try await whole(request, limit: limits.bodyBytes)
        if format == .binaryCloudEvent {
            bytes = WholeBody.cloudEvent(headers: request.headers, body: bytes, limits: scan)
        }
        try await taker.take(whole: bytes)
    }

    private func feed<Taker: BodyTaker>(lines request: Request, to taker: inout Taker) async throws {
        var pieces = BodyPieces(request, limit: limits.linesBodyBytes, ratio: limits.unpackRatio)
        var block: [UInt8] = []
        do {
            while let piece = try await pieces.next() {
                if block.isEmpty { block = piece } else { block += piece }
                if block.count >= Self.blockBytes {
                    try await taker.take(lines: block, isEnd: false)
                    block = []
                }
            }
            try await taker.take(lines: block, isEnd: true)
        } catch let problem as Problem {
            await pieces.drain()
            throw problem
        }
    }

    private func whole(_ request: Request, limit: Int) async throws -> [UInt8] {
        var pieces = BodyPieces(request, limit: limit, ratio: limits.unpackRatio)
        var bytes: [UInt8] = []
        do {
            while let piece = try await pieces.next() { bytes += piece }
        } catch let problem as Problem {
            await pieces.drain()
            throw problem
        }
        return bytes
    }
}
#endif
