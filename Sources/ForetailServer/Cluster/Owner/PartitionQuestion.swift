#if Server && NATS
import FieldExtraction
import Foretail

/// What only the owner of a partition can say of a tail request.
struct PartitionQuestion: Sendable {
    enum Subject: Sendable {
        case confidence
        case buffer
        /// Live predictions, of one key or of all.
        case predictions(key: [UInt8]?, limit: Int)
    }

    /// Bytes of predictions that one partition answers with, about.
    static let mostBytes = 32 << 10

    var request: TailRequestID
    var subject: Subject

    init(_ request: TailRequestID, _ subject: Subject) {
        self.request = request
        self.subject = subject
    }
}

/// A question about the partitions of a stream that a node owns, as it goes over NATS.
struct NodeQuestion: Sendable {
    var stream: String
    var question: PartitionQuestion

    init(_ stream: String, _ question: PartitionQuestion) {
        self.stream = stream
        self.question = question
    }

    /// Reads what another node asked; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let stream = value["stream"]?.string,
            let request = value["request"]?.string.flatMap({ TailRequestID(text: $0) })
        else { return nil }
        self.stream = stream
        switch value["subject"]?.string {
        case "confidence": question = PartitionQuestion(request, .confidence)
        case "buffer": question = PartitionQuestion(request, .buffer)
        case "predictions":
            guard let limit = value["limit"]?.wholeNumber, limit > 0 else { return nil }
            let key = value["key"]?.string.map { Array($0.utf8) }
            question = PartitionQuestion(request, .predictions(key: key, limit: limit))
        default: return nil
        }
    }

    /// The question as it is sent.
    var bytes: [UInt8] {
        var members: [(String, JSONValue?)] = [
            ("stream", .string(stream)), ("request", .string(question.request.description)),
        ]
        switch question.subject {
        case .confidence: members.append(("subject", .string("confidence")))
        case .buffer: members.append(("subject", .string("buffer")))
        case .predictions(let key, let limit):
            members += [
                ("subject", .string("predictions")), ("limit", .number(limit)),
                ("key", key.map { .string(String(decoding: $0, as: UTF8.self)) }),
            ]
        }
        return JSONValue(members: members).bytes
    }
}
#endif
