#if NATS
public import FieldExtraction

/// One message of a stream, with its place.
public struct StoredMessage: Sendable, Hashable {
    /// The subject it was published to.
    public var subject: String
    /// Its sequence in the stream.
    public var sequence: UInt64
    /// When it was stored.
    public var time: Timestamp
    /// Its headers as lines `Name: value`, in order.
    public var headers: [String]
    /// Its bytes.
    public var payload: [UInt8]

    /// A header's value; nil: there is none of that name.
    public func header(_ name: String) -> String? {
        for line in headers {
            guard let colon = line.utf8.firstIndex(of: 0x3A), line[..<colon] == name else { continue }
            return String(line[line.utf8.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }
}

extension JetStream {
    /// The message at a sequence, as the stream's leader has it.
    ///
    /// - Throws: ``NATSFailure`` (`notFound`) where none is kept there.
    public func message(_ stream: String, at sequence: UInt64) async throws(NATSFailure) -> StoredMessage {
        try await message(
            stream, .members(["seq": .sequence(sequence)]), "message \(sequence) of stream '\(stream)'")
    }

    /// The last message of a subject, as the stream's leader has it; nil: there is none.
    public func lastMessage(_ stream: String, subject: String) async throws(NATSFailure) -> StoredMessage? {
        do throws(NATSFailure) {
            return try await message(
                stream, .members(["last_by_subj": .string(subject)]),
                "last message of '\(subject)' in stream '\(stream)'")
        } catch  where error.code == 10037 {
            return nil
        }
    }

    private func message(
        _ stream: String, _ body: JSONValue, _ doing: String
    ) async throws(NATSFailure) -> StoredMessage {
        let answer = try await ask("STREAM.MSG.GET.\(stream)", body, doing)
        guard let message = answer["message"], let subject = message["subject"]?.text,
            let sequence = message["seq"]?.sequence, let time = StreamInfo.time(message["time"]),
            let payload = Base64.decode(message["data"]?.text ?? ""),
            let headers = Base64.decode(message["hdrs"]?.text ?? "")
        else { throw NATSFailure(.answer, "\(doing): the server's answer cannot be read") }
        return StoredMessage(
            subject: subject, sequence: sequence, time: time, headers: HeaderLines.lines(headers), payload: payload)
    }
}

/// The headers of a message as they travel: `NATS/1.0`, a line each, an empty line.
enum HeaderLines {
    static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").dropFirst().map(String.init)
    }
}

/// Base 64 of RFC 4648, with padding.
enum Base64 {
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// The bytes of a text; nil: it is none.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            let value = values[Int(byte)]
            guard value != 0xFF, !isPadded else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
#endif
