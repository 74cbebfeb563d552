import Foretail

@testable import ForetailCLI

extension EventBatch {
    /// The producer's records.
    var lines: [String] { frames.map { String(decoding: bytes[$0.raw], as: UTF8.self) } }
    /// The events' JSON texts.
    var events: [String] { frames.map { String(decoding: bytes[$0.body], as: UTF8.self) } }
}

/// A stream of the given input form.
func stream(_ input: StreamDescriptor.Input = .automatic) -> StreamDescriptor {
    var descriptor = StreamDescriptor(name: "test")
    descriptor.input = input
    return descriptor
}

/// Reads until `count` records have come, the source ends, or `seconds` are over.
func lines(
    of source: inout some EventSource, count: Int, seconds: Double = 5
) async throws -> [String] {
    var result: [String] = []
    var batch = EventBatch(stream: "test")
    let deadline = Deadline(microseconds: Int64(seconds * 1e6))
    while result.count < count, deadline.remaining != 0 {
        batch.removeAll()
        let state = try await source.read(into: &batch, waitingAtMost: min(100_000, deadline.remaining ?? 0))
        result += batch.lines
        if state == .end { break }
    }
    return result
}

/// What comes at once, without waiting.
func linesNow(of source: inout some EventSource) async throws -> [String] {
    var result: [String] = []
    var batch = EventBatch(stream: "test")
    while true {
        batch.removeAll()
        let state = try await source.read(into: &batch, waitingAtMost: 0)
        result += batch.lines
        if state != .ready { return result }
    }
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String? {
    do { try body() } catch { return "\(error)" }
    return nil
}
