#if NATS
import Foretail

/// A key-value bucket of JetStream, laid out as other clients of NATS lay theirs out, with one revision of each key.
///
///     let leases = try await KeyValueBucket.open(jetStream, "leases", KeyValueSettings(replicas: 3))
///     let revision = try await leases.create("metrics.3", Array("node-1".utf8))
///     let next = try await leases.update("metrics.3", Array("node-1".utf8), revision: revision)
///
/// Everything is read from and written by the leader. A write whose acknowledgement is lost is tried again under the same message id
/// until it is known what became of it, so it is done once or not at all. A failed comparison is `conflict`.
///
/// With replicas a comparison takes three questions to the leader before the write, and another write to the bucket in between lets it begin
/// again: keep keys that change often out of a bucket of leases.
///
/// A deposed leader may answer a `get` with an old revision for a moment; what is decided by comparing (`create`, `update`,
/// `delete`) is always decided once.
public struct KeyValueBucket: Sendable {
    /// JetStream.
    public let jetStream: JetStream
    /// The bucket's name.
    public let name: String
    /// Whether several servers hold a copy. Servers of version 2.9 then compare a subject's sequence before they replicate and
    /// not when they store, so that of several writers at a time all may pass.
    let isReplicated: Bool

    var stream: String { "KV_\(name)" }
    func subject(_ key: String) -> String { "$KV.\(name).\(key)" }

    /// Creates a bucket, or takes one that is there; either way it is as the settings say.
    public static func open(
        _ jetStream: JetStream, _ name: String, _ settings: KeyValueSettings = KeyValueSettings()
    ) async throws(NATSFailure) -> KeyValueBucket {
        guard StreamSettings.isName(name) else {
            throw NATSFailure(.refused, "bucket '\(name)': a name holds letters, digits, - and _")
        }
        var stream = StreamSettings(name: "KV_\(name)", subjects: ["$KV.\(name).>"])
        stream.replicas = settings.replicas
        stream.storage = settings.isInMemory ? .memory : .file
        stream.discard = .new
        stream.maxBytes = settings.maxBytes
        stream.maxMessagesPerSubject = 1
        stream.maxAge = settings.maxAge * 1_000
        if settings.maxAge > 0 { stream.duplicateWindow = min(stream.duplicateWindow, stream.maxAge) }
        stream.allowsRollup = true
        stream.allowsDirect = true
        stream.deniesDelete = true
        try await jetStream.ensureStream(stream)
        return KeyValueBucket(jetStream: jetStream, name: name, isReplicated: settings.replicas > 1)
    }

    /// Deletes the bucket with all it holds.
    public func destroy() async throws(NATSFailure) { try await jetStream.deleteStream(stream) }

    /// The entry of a key, by the leader; nil: there is none, or it was deleted.
    public func get(_ key: String) async throws(NATSFailure) -> KeyValueEntry? {
        guard let entry = try await last(key), !entry.isDeleted else { return nil }
        return entry
    }

    private func last(_ key: String) async throws(NATSFailure) -> KeyValueEntry? {
        guard let message = try await jetStream.lastMessage(stream, subject: subject(key)) else { return nil }
        return KeyValueEntry(
            key: key, value: message.payload, revision: message.sequence, time: message.time,
            isDeleted: message.header("KV-Operation") != nil)
    }

    /// Writes a key, whatever it holds.
    ///
    /// - Returns: The new revision.
    @discardableResult
    public func put(_ key: String, _ value: [UInt8]) async throws(NATSFailure) -> UInt64 {
        try await write(key, value, .nothing)
    }

    /// Writes a key that is not there.
    ///
    /// - Returns: The revision.
    /// - Throws: ``NATSFailure`` (`conflict`) where it is there.
    @discardableResult
    public func create(_ key: String, _ value: [UInt8]) async throws(NATSFailure) -> UInt64 {
        do throws(NATSFailure) {
            return try await write(key, value, .lastSubjectSequence(0))
        } catch  where error.kind == .conflict {
            // Under the key may be the mark of a deletion.
            guard let entry = try await last(key), entry.isDeleted else { throw error }
            return try await write(key, value, .lastSubjectSequence(entry.revision))
        }
    }

    /// Writes a key that is at a revision.
    ///
    /// - Returns: The new revision.
    /// - Throws: ``NATSFailure`` (`conflict`) where it is at another one.
    @discardableResult
    public func update(_ key: String, _ value: [UInt8], revision: UInt64) async throws(NATSFailure) -> UInt64 {
        try await write(key, value, .lastSubjectSequence(revision))
    }

    /// Deletes a key, at a revision or whatever it holds; a mark of the deletion stays, which watchers see.
    ///
    /// - Throws: ``NATSFailure`` (`conflict`) where it is at another revision.
    @discardableResult
    public func delete(_ key: String, revision: UInt64? = nil) async throws(NATSFailure) -> UInt64 {
        try await write(
            key, [], revision.map { .lastSubjectSequence($0) } ?? .nothing, [("KV-Operation", "DEL")])
    }

    /// The keys that are there.
    ///
    /// - Parameter pattern: Which of them: `>` for all, `metrics.>` for those that begin so.
    public func keys(_ pattern: String = ">") async throws(NATSFailure) -> [String] {
        try await entries(pattern, headersOnly: true).map(\.key)
    }

    /// The entries that are there, in the order of their revisions.
    public func entries(_ pattern: String = ">") async throws(NATSFailure) -> [KeyValueEntry] {
        try await entries(pattern, headersOnly: false)
    }

    private func entries(_ pattern: String, headersOnly: Bool) async throws(NATSFailure) -> [KeyValueEntry] {
        var watch = KeyValueWatch(self, pattern, headersOnly: headersOnly)
        var found: [String: KeyValueEntry] = [:]
        repeat {
            let entries = try await watch.read(waitingAtMost: jetStream.connection.settings.answerMicroseconds)
            if entries.isEmpty, !watch.isCurrent {
                throw watch.trouble ?? NATSFailure(.timeout, "bucket '\(name)': its entries did not come in time")
            }
            for entry in entries { found[entry.key] = entry.isDeleted ? nil : entry }
        } while !watch.isCurrent
        await watch.close()
        return found.values.sorted { $0.revision < $1.revision }
    }

    /// Watches keys: first gives what is there, then every change.
    public func watch(_ pattern: String = ">") -> KeyValueWatch { KeyValueWatch(self, pattern, headersOnly: false) }

    // MARK: Writing

    private func write(
        _ key: String, _ value: [UInt8], _ expectation: PublishExpectation,
        _ headers: [(name: String, value: String)] = []
    ) async throws(NATSFailure) -> UInt64 {
        guard Self.isKey(key) else {
            throw NATSFailure(
                .refused, "bucket '\(name)': '\(key)' is no key; tokens between dots hold letters, digits and - / _ =")
        }
        let deadline = Monotonic.deadline(after: jetStream.connection.settings.answerMicroseconds)
        let id = MessageID(String(UInt64.random(in: .min ... .max), radix: 36), UInt64.random(in: .min ... .max))
        var isUnknown = false
        let isCompared = expectation != .nothing && expectation != .lastSubjectSequence(0)
        while true {
            let left = deadline - Monotonic.now()
            var failure = NATSFailure(.connection, "no server is connected")
            var isOvertaken = false
            do throws(NATSFailure) {
                let decidable = try await decided(expectation, key)
                var batch = PublishBatch()
                batch.append(
                    subject: subject(key), payload: value[...], id: id, headers: headers, expecting: decidable)
                let results = await jetStream.publish(batch, within: max(200_000, isUnknown ? left : left / 2))
                switch results[0] {
                case .stored(let sequence, _): return sequence
                case .refused(let reason):
                    failure = reason
                    isOvertaken = isReplicated && reason.kind == .conflict && isCompared
                case .unknown(let reason):
                    isUnknown = true
                    failure = reason
                case .notSent: failure = results.failure ?? failure
                }
            } catch {
                failure = error
            }
            // An earlier try may have got through: then what is there is ours.
            if failure.kind == .conflict, isUnknown,
                let message = try await jetStream.lastMessage(stream, subject: subject(key)),
                message.header("Nats-Msg-Id") == id.description
            {
                return message.sequence
            }
            guard failure.isTransient || isOvertaken, Monotonic.now() < deadline, !Task.isCancelled else {
                throw NATSFailure(
                    failure.kind, "bucket '\(name)', key '\(key)': \(failure.message)", code: failure.code)
            }
            await Monotonic.sleep(isOvertaken ? Int64.random(in: 500...10_000) : 100_000)
        }
    }

    /// An expectation that is decided when the message is stored.
    ///
    /// With replicas that is only the stream's last sequence. So it is read together with the key's, from one leader: first
    /// the stream's, then the key's, then who leads. What was written to the bucket since lets the message fail, and it is
    /// tried again.
    ///
    /// - Throws: ``NATSFailure`` (`conflict`) where the key is at another revision.
    private func decided(
        _ expectation: PublishExpectation, _ key: String
    ) async throws(NATSFailure) -> PublishExpectation {
        // That a subject has no message is compared when one is stored, also with replicas.
        guard isReplicated, case .lastSubjectSequence(let revision) = expectation, revision > 0 else {
            return expectation
        }
        let before = try await jetStream.streamInfo(stream)
        let found = try await last(key)?.revision ?? 0
        let after = try await jetStream.streamInfo(stream)
        guard let leader = before.leader, leader == after.leader else {
            throw NATSFailure(.unavailable, "the bucket changes its leader")
        }
        guard found == revision else {
            throw NATSFailure(.conflict, "wrong last sequence: \(found)", code: 10071)
        }
        return .lastSequences(stream: before.lastSequence, subject: revision)
    }

    /// Whether a text can be a key.
    public static func isKey(_ text: String) -> Bool {
        guard !text.isEmpty, text.first != ".", text.last != ".", !text.contains("..") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x3D, 0x5F: true
            default: false
            }
        }
    }
}
#endif
