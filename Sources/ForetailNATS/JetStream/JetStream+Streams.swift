#if NATS
import FieldExtraction

extension JetStream {
    /// Creates a stream, or takes one that is there; either way it is as the settings say.
    ///
    /// What differs and may be changed is changed (`updates`). The server's answer is read back and compared member by member.
    ///
    /// - Throws: ``NATSFailure`` (`configuration`) naming each member that is not as it was asked for.
    @discardableResult
    public func ensureStream(_ settings: StreamSettings, updates: Bool = true) async throws(NATSFailure) -> StreamInfo {
        let what = "stream '\(settings.name)'"
        var answer: JSONValue
        do throws(NATSFailure) {
            answer = try await ask("STREAM.INFO.\(settings.name)", nil, what)
        } catch  where error.kind == .notFound {
            do throws(NATSFailure) {
                answer = try await ask("STREAM.CREATE.\(settings.name)", settings.json, "creating \(what)")
            } catch  where error.code == 10058 {
                // Somebody else was faster.
                answer = try await ask("STREAM.INFO.\(settings.name)", nil, what)
            }
        }
        let differences = ConfigurationComparison.differences(settings.json, answer["config"] ?? .object([]))
        if !differences.isEmpty, updates {
            answer = try await ask("STREAM.UPDATE.\(settings.name)", settings.json, "changing \(what)")
        }
        try ConfigurationComparison.check(settings.json, answer["config"], what)
        return StreamInfo(answer)
    }

    /// How a stream stands.
    ///
    /// - Throws: ``NATSFailure`` (`notFound`) where there is none.
    public func streamInfo(_ stream: String, within microseconds: Int64? = nil) async throws(NATSFailure) -> StreamInfo
    {
        StreamInfo(try await ask("STREAM.INFO.\(stream)", nil, "stream '\(stream)'", within: microseconds))
    }

    /// How many messages each subject of a stream has, of those that a filter names.
    public func subjectCounts(_ stream: String, filter: String) async throws(NATSFailure) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        var offset: Int64 = 0
        while true {
            let answer = try await ask(
                "STREAM.INFO.\(stream)", .members(["subjects_filter": .string(filter), "offset": .integer(offset)]),
                "subjects of stream '\(stream)'")
            guard case .object(let members)? = answer["state"]?["subjects"], !members.isEmpty else { return counts }
            for member in members { counts[member.key] = member.value.sequence ?? 0 }
            offset += Int64(members.count)
            guard let total = answer["total"]?.number, offset < total else { return counts }
        }
    }

    /// Deletes a stream with all its messages; does nothing where there is none.
    public func deleteStream(_ stream: String) async throws(NATSFailure) {
        do throws(NATSFailure) {
            _ = try await ask("STREAM.DELETE.\(stream)", nil, "deleting stream '\(stream)'")
        } catch  where error.kind == .notFound {
        }
    }

    /// Forgets messages: of a subject or of all, those before a sequence or all.
    ///
    /// Servers before 2.9.15 move every consumer whose filter takes in the subject behind what is purged, also over messages of other
    /// subjects that it has not sent yet, and tell nobody (nats-server pull request 3838). So a subject is only to be purged in a stream
    /// whose readers read that subject alone, or narrower ones.
    ///
    /// - Returns: How many were forgotten.
    @discardableResult
    public func purge(
        _ stream: String, subject: String? = nil, before sequence: UInt64? = nil, keeping: UInt64? = nil
    ) async throws(NATSFailure) -> UInt64 {
        // Nothing lies before the first sequence, and a server that is asked for it forgets everything.
        if let sequence, sequence <= 1 { return 0 }
        let answer = try await ask(
            "STREAM.PURGE.\(stream)",
            .members([
                "filter": subject.map { .string($0) }, "seq": sequence.map { .sequence($0) },
                "keep": keeping.map { .sequence($0) },
            ]), "purging stream '\(stream)'")
        return answer["purged"]?.sequence ?? 0
    }

    /// Lets the stream's leader step down, so that another server leads.
    public func stepDown(_ stream: String) async throws(NATSFailure) {
        _ = try await ask("STREAM.LEADER.STEPDOWN.\(stream)", nil, "stepping down the leader of stream '\(stream)'")
    }
}
#endif
