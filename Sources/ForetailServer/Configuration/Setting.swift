#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// One thing that can be set: its name in a file (`limits.subscribers`), by which the environment
/// (`FORETAIL_LIMITS_SUBSCRIBERS`) and the documentation know it too.
public struct Setting: Sendable {
    /// Its name.
    public let key: String
    /// What it does.
    public let help: String
    /// Its value in a configuration, as it is written.
    public let show: @Sendable (ServerConfiguration) -> String
    /// Puts a text into a configuration; false where it cannot be read.
    let apply: @Sendable (String, inout ServerConfiguration) -> Bool

    /// Its name in the environment.
    public var variable: String {
        var name = "FORETAIL_"
        var previous: Character = "."
        for character in key {
            if character.isUppercase, previous.isLowercase { name += "_" }
            name += character == "." ? "_" : character.uppercased()
            previous = character
        }
        return name
    }

    /// All settings, in the order of the documentation.
    public static let all: [Setting] = general + edge

    private static let general: [Setting] = [
        Setting(
            key: "listen", help: "address and port of the HTTP API",
            show: { "\($0.host):\($0.port)" },
            apply: { text, configuration in
                guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
                    return false
                }
                let host = text[..<colon].trimmingBrackets
                guard !host.isEmpty else { return false }
                configuration.host = host
                configuration.port = port
                return true
            }),
        flag("insecureRemote", "listen beyond loopback without TLS or tokens", \.isInsecureRemote),
        flag("requireTokens", "let nobody call without a token, although there is none yet", \.requiresTokens),
        Setting(
            key: "cors.origins",
            help: "origins whose pages a browser lets call, such as https://app.example.com; none: none",
            show: { $0.origins.isEmpty ? "none" : $0.origins.joined(separator: ",") },
            apply: { text, configuration in
                let origins = text == "none" ? [] : text.split(separator: ",").map { String($0.filter { $0 != " " }) }
                configuration.origins = origins
                return origins.allSatisfy(CrossOrigin.isOrigin)
            }),
        bytes("audit.bytes", "size at which the record of control calls goes on in a new file", \.audit.fileBytes),
        number("audit.files", "files of that record that are kept", \.audit.files),
        text("dataDir", "folder of logs, catalogue and files", \.dataFolder),
        number("shards", "threads that match and predict", \.shards),
        number("logWriters", "threads that write logs", \.logWriters),
        flag("autoCreateStreams", "create a stream by its first events", \.autoCreateStreams),
        number("warmUpEvents", "events of a stream's past that models learn from", \.warmUpEvents),
        duration("snapshotInterval", "time between two snapshots of what was learned", \.snapshotMicroseconds),
        Setting(
            key: "shutdownTimeout", help: "time that a shutdown may take", show: { "\($0.shutdownSeconds)s" },
            apply: { text, configuration in
                guard let duration = DurationText.microseconds(text) else { return false }
                configuration.shutdownSeconds = Int(duration / 1_000_000)
                return true
            }),
        Setting(
            key: "durability", help: "when an append counts as durable: fsync or os",
            show: { $0.streamDefaults.durability.rawValue },
            apply: { text, configuration in
                guard let durability = Durability(rawValue: text) else { return false }
                configuration.streamDefaults.durability = durability
                return true
            }),
        Setting(
            key: "retention.age", help: "age at which events are forgotten; none: never",
            show: { $0.streamDefaults.retentionMicroseconds.map(DurationText.text) ?? "none" },
            apply: { text, configuration in
                guard let age = text == "none" ? .some(nil) : DurationText.microseconds(text).map(Optional.some) else {
                    return false
                }
                configuration.streamDefaults.retentionMicroseconds = age
                return true
            }),
        Setting(
            key: "retention.bytes", help: "size beyond which a stream's oldest events are forgotten; none: never",
            show: { $0.streamDefaults.retentionBytes.map(ByteText.text) ?? "none" },
            apply: { text, configuration in
                guard let bytes = text == "none" ? .some(nil) : ByteText.bytes(text).map(Optional.some) else {
                    return false
                }
                configuration.streamDefaults.retentionBytes = bytes
                return true
            }),
        duration("heartbeat", "silence after which a reader is sent a heartbeat", \.delivery.heartbeatMicroseconds),
        bytes("feedBytes", "bytes of records kept in memory for each tail request that is read", \.delivery.feedBytes),
        bytes("limits.feedsBytes", "bytes of records kept in memory for all readers", \.delivery.feedsBytes),
        number("limits.streams", "streams", \.manager.limits.streams),
        number("limits.tailRequests", "tail requests", \.manager.limits.requests),
        number("limits.subscribers", "readers connected at a time", \.limits.subscribers),
        number("limits.openLogs", "streams whose logs have their files open", \.limits.openLogs),
        number("limits.seriesPerStream", "keys of a stream that models are kept for", \.manager.limits.series),
        bytes("limits.bufferBytes", "bytes of live predictions", \.manager.limits.bufferBytes),
        bytes("limits.modelBytes", "bytes of models", \.manager.limits.modelBytes),
        bytes("limits.stagedBytes", "bytes of rows staged for lookups", \.lookups.stagedBytes),
        bytes("limits.keyHistoryBytes", "bytes of the last events of keys, for lookups", \.lookups.historyBytes),
        number(
            "limits.keyHistoryEvents", "stored events that a lookup of them reads when it begins",
            \.lookups.historyEvents),
        number("limits.waitingRecords", "records that may wait for rows", \.lookups.waitingRecords),
        number("limits.countStreams", "streams that are counted from others", \.limits.countStreams),
        number("limits.watchRecords", "records of its watches kept of a tail request", \.limits.watchRecords),
        number("limits.waitingWatches", "records of watches that may wait for the disk", \.limits.waitingWatches),
        bytes("limits.inboxBytes", "bytes of events that may wait for a shard", \.limits.inboxBytes),
        bytes("limits.queuedBytes", "bytes of a stream's events on their way to the disk", \.limits.queuedBytes),
        bytes("limits.bodyQueuedBytes", "bytes of one body on their way to the disk", \.limits.bodyQueuedBytes),
        bytes("limits.lineBytes", "bytes of one event", \.manager.limits.scan.line),
        bytes("limits.bodyBytes", "bytes of a body that is one JSON text", \.limits.bodyBytes),
        number("limits.bodyEvents", "events of a body that is one JSON text", \.limits.bodyEvents),
        bytes("limits.linesBodyBytes", "bytes of a body of lines, unpacked", \.limits.linesBodyBytes),
        bytes("limits.controlBytes", "bytes of a control request's body", \.limits.controlBytes),
        number("limits.historyEvents", "events of one page of history", \.limits.historyEvents),
        number("limits.pageEntries", "entries of one page of a listing", \.limits.pageEntries),
        Setting(
            key: "webhooks.allow",
            help: "blocks of addresses beside the public Internet's that webhooks may be sent to; none: none",
            show: { $0.webhooks.allow.isEmpty ? "none" : $0.webhooks.allow.map(\.description).joined(separator: ",") },
            apply: { text, configuration in
                let parts = text == "none" ? [] : text.split(separator: ",").map { $0.filter { $0 != " " } }
                let blocks = parts.compactMap { AddressBlock($0) }
                configuration.webhooks.allow = blocks
                return blocks.count == parts.count
            }),
        Setting(
            key: "webhooks.trustedCertificates",
            help: "a PEM file of further certificates that receivers may have; none: none",
            show: { $0.webhooks.trustedCertificates.isEmpty ? "none" : $0.webhooks.trustedCertificates },
            apply: { text, configuration in
                configuration.webhooks.trustedCertificates = text == "none" ? "" : text
                return !text.isEmpty
            }),
        duration("webhooks.timeout", "time that one attempt may take", \.webhooks.timeoutMicroseconds),
        duration("webhooks.connectTimeout", "time that making a connection may take", \.webhooks.connectMicroseconds),
        duration("webhooks.retryWait", "largest wait after a first failure; it doubles", \.webhooks.retryMicroseconds),
        duration(
            "webhooks.longestRetryWait", "largest wait after any failure", \.webhooks.longestRetryMicroseconds),
        duration(
            "webhooks.longestRetryAfter", "longest wait that a receiver may ask for",
            \.webhooks.longestRetryAfterMicroseconds),
        duration("webhooks.retryFor", "time after which a batch is a dead letter", \.webhooks.retryForMicroseconds),
        number(
            "webhooks.breakerFailures", "failures in a row after which a receiver is left alone",
            \.webhooks.breakerFailures),
        duration(
            "webhooks.breakerPause", "time that it is left alone first; it doubles", \.webhooks.breakerMicroseconds),
        duration(
            "webhooks.longestBreakerPause", "longest time that it is left alone", \.webhooks.longestBreakerMicroseconds),
        number("limits.receiverAttempts", "attempts under way to one receiver", \.webhooks.receiverAttempts),
        bytes("limits.receiverBytes", "bytes of bodies on their way to one receiver", \.webhooks.receiverBytes),
        bytes("limits.answerBytes", "bytes of a receiver's answer that are read", \.webhooks.answerBytes),
        number("limits.deadLetters", "dead letters kept; then webhooks wait", \.webhooks.deadLetters),
        bytes("limits.deadLetterBytes", "bytes of dead letters kept; then webhooks wait", \.webhooks.deadLetterBytes),
        number(
            "limits.perishableRecords", "predictions and outcomes of one webhook that wait",
            \.webhooks.perishableRecords),
        number("limits.tokens", "tokens kept, revoked ones among them", \.limits.tokens),
        number("limits.tickets", "tickets that may be used at a time", \.limits.tickets),
        number("limits.tenantThreads", "tenants with threads of their own", \.limits.tenantThreads),
        bytes(
            "limits.tenantBufferBytes", "bytes of live predictions on a tenant's threads", \.limits.tenantBufferBytes),
        bytes("limits.tenantModelBytes", "bytes of models on a tenant's threads", \.limits.tenantModelBytes),
        number("limits.idleSeconds", "seconds of silence after which a connection is closed", \.limits.idleSeconds),
    ]

    private static func text(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, String> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: help, show: { $0[keyPath: path] },
            apply: { text, configuration in
                configuration[keyPath: path] = text
                return !text.isEmpty
            })
    }

    private static func flag(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, Bool> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: help, show: { String($0[keyPath: path]) },
            apply: { text, configuration in
                guard let value = Bool(text) else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }

    static func number(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, Int> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: help, show: { String($0[keyPath: path]) },
            apply: { text, configuration in
                guard let value = Int(text), value > 0 else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }

    static func bytes(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, Int> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: help, show: { ByteText.text($0[keyPath: path]) },
            apply: { text, configuration in
                guard let value = ByteText.bytes(text), value > 0 else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }

    private static func duration(
        _ key: String, _ help: String, _ path: any (WritableKeyPath<ServerConfiguration, Int64> & Sendable)
    ) -> Setting {
        Setting(
            key: key, help: help, show: { DurationText.text($0[keyPath: path]) },
            apply: { text, configuration in
                guard let value = DurationText.microseconds(text), value > 0 else { return false }
                configuration[keyPath: path] = value
                return true
            })
    }
}

/// Sizes as people write them.
enum ByteText {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1_000), ("MB", 1_000_000),
        ("GB", 1_000_000_000),
    ]

    /// The bytes of `64MiB`, `1GB`, `4096`; nil for anything else.
    static func bytes(_ text: String) -> Int? {
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(text.dropLast(unit.suffix.count)), number >= 0, number < 1e6 else { return nil }
            return Int(number * Double(unit.bytes))
        }
        guard let number = Int(text), number >= 0 else { return nil }
        return number
    }

    /// The shortest text of a size.
    static func text(_ bytes: Int) -> String {
        for unit in units[..<4].reversed() where bytes > 0 && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return String(bytes)
    }
}

extension Substring {
    /// An IPv6 address without its brackets.
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}
#endif
