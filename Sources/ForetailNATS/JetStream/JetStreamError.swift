#if NATS
import FieldExtraction

/// JetStream's own errors: `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"}}`.
enum JetStreamError {
    /// The failure that an answer speaks of; nil: it speaks of none.
    static func failure(_ answer: JSONValue, _ doing: String) -> NATSFailure? {
        guard let error = answer["error"] else { return nil }
        var code: Int?
        if case .integer(let number)? = error["err_code"] { code = Int(number) }
        var status = 0
        if case .integer(let number)? = error["code"] { status = Int(number) }
        var words = "an error without words"
        if case .string(let text)? = error["description"] { words = text }
        let kind = kind(code, status, words)
        return NATSFailure(kind, "\(doing): \(words)\(remedy(kind, code))", code: code)
    }

    private static func kind(_ code: Int?, _ status: Int, _ words: String) -> NATSFailure.Kind {
        switch code {
        case 10071, 10070, 10063, 10060: .conflict
        case 10014, 10037, 10043, 10059: .notFound
        case 10013, 10058, 10065, 10105: .exists
        case 10002, 10023, 10026, 10027, 10028, 10047, 10053, 10122: .full
        case 10077 where words.contains("maximum") || words.contains("no space") || words.contains("exceeded"): .full
        case 10054: .tooLarge
        // 10158: a message of the same id is on its way; servers of later versions say so.
        case 10004, 10008, 10009, 10118, 10119, 10041, 10077, 10158: .unavailable
        case 10039, 10076, 10035: .noResponders
        case nil where status == 503: .unavailable
        case nil where status == 404: .notFound
        default: .refused
        }
    }

    private static func remedy(_ kind: NATSFailure.Kind, _ code: Int?) -> String {
        switch kind {
        case .full: "; make room (retention, max_bytes, disk, limits of the account) and publish again"
        case .unavailable: "; it is tried again when the servers agree on a leader"
        case .noResponders: "; turn JetStream on for the server and the account"
        case .tooLarge: "; raise the stream's max_msg_size"
        default: ""
        }
    }
}
#endif
