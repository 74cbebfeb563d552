#if Server
import FieldExtraction
import Foretail
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How the record of control calls is kept.
public struct AuditSettings: Sendable {
    /// Bytes of a file, after which the next begins.
    public var fileBytes = 16 << 20
    /// Files that are kept.
    public var files = 4

    /// Creates the default settings.
    public init() {}
}

/// The record of control calls, `audit.ndjson` in the data folder (of a node: `audit-NODE.ndjson`): who did what to which object,
/// with which result.
///
/// A line is a JSON object of ASCII characters, so that nothing that a caller wrote can begin another, or speak to a terminal.
/// No token, no secret and no body stands there.
final class AuditLog: Sendable {
    /// One call.
    struct Entry: Sendable {
        var time: Timestamp
        var requestID: String
        /// The token's id; nil: nobody had to say who he is, or nobody knows him.
        var token: String?
        var tenant: String?
        var address: String?
        var method: String
        var route: String
        /// The name or id in the path.
        var object: String?
        var status: Int
        /// The kind of the problem; nil: it was done.
        var problem: String?
    }

    private let path: String
    private let settings: AuditSettings
    private let logger: Logger
    /// The file's thread: lines stand in the order of the calls' ends.
    private let pool = BlockingPool(threads: 1)
    /// Bytes of one name or id that are kept.
    private static let textBytes = 256

    /// - Parameter name: Of the file, without its extension.
    init(folder: String, name: String = "audit", settings: AuditSettings, logger: Logger) {
        path = "\(folder)/\(name).ndjson"
        self.settings = settings
        self.logger = logger
    }

    /// Whether a call is recorded: what changes something, and what was refused.
    static func isMeant(_ route: Route?, _ method: String, status: Int) -> Bool {
        if status == 401 || status == 403 { return true }
        guard let route, !["GET", "HEAD", "OPTIONS"].contains(method) else { return false }
        if case .events = route { return false }
        return true
    }

    /// Writes a line; returns when the system has it.
    func write(_ entry: Entry) async {
        let line = Self.line(entry)
        let reason = await pool.run { self.append(line) }
        if let reason {
            logger.error("audit line not written", metadata: ["path": .string(path), "reason": .string(reason)])
        }
    }

    /// The line of an entry.
    static func line(_ entry: Entry) -> [UInt8] {
        let document = JSONValue(members: [
            ("time", .string(entry.time.description)), ("request", .string(entry.requestID)),
            ("token", entry.token.map(JSONValue.string)), ("tenant", entry.tenant.map(JSONValue.string)),
            ("address", entry.address.map(JSONValue.string)), ("method", .string(short(entry.method))),
            ("route", .string(entry.route)), ("object", entry.object.map { .string(short($0)) }),
            ("status", .number(entry.status)), ("problem", entry.problem.map(JSONValue.string)),
        ])
        var line: [UInt8] = []
        for scalar in String(decoding: document.bytes, as: UTF8.self).unicodeScalars {
            if scalar.value >= 0x20, scalar.value < 0x7F {
                line.append(UInt8(scalar.value))
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    line += Array("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
                }
            }
        }
        line.append(0x0A)
        return line
    }

    private static func short(_ text: String) -> String {
        text.utf8.count <= textBytes ? text : String(decoding: text.utf8.prefix(textBytes), as: UTF8.self) + "…"
    }

    /// Appends a line, in a new file where this one is full.
    ///
    /// - Returns: What went wrong.
    private func append(_ line: [UInt8]) -> String? {
        var status = stat()
        if stat(path, &status) == 0, Int(status.st_size) + line.count > settings.fileBytes { rotate() }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, line.count) }
        return count == line.count ? nil : String(cString: strerror(errno))
    }

    /// `audit.ndjson` becomes `audit.1.ndjson`, and so on; the oldest goes.
    private func rotate() {
        let kept = max(1, settings.files)
        func name(_ number: Int) -> String { number == 0 ? path : "\(path.dropLast(7)).\(number).ndjson" }
        if kept == 1 {
            unlink(path)
            return
        }
        for number in (0..<(kept - 1)).reversed() { rename(name(number), name(number + 1)) }
    }
}
#endif
