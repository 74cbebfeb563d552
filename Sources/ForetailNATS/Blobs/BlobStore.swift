#if NATS
import FieldExtraction
import Forecasting
import Foretail

/// Opaque objects, such as snapshots of models, in a JetStream stream: in chunks, with a manifest that is written last.
///
///     let blobs = try await BlobStore.open(jetStream, "snapshots", replicas: 3)
///     try await blobs.put("metrics.3", bytes, note: "0:1-1000")
///     let snapshot = try await blobs.get("metrics.3")
///
/// A version is there once its manifest is; a writer that dies before leaves chunks that the next one removes. Reading checks length
/// and CRC-64 of all. One writer of a name at a time: of two, the manifest written last counts, and each stays whole or is refused.
public struct BlobStore: Sendable {
    /// An object as it was read.
    public struct Blob: Sendable, Hashable {
        /// Its bytes.
        public var bytes: [UInt8]
        /// What the writer noted beside.
        public var note: String
        /// The version: grows with every writing.
        public var version: UInt64
    }

    /// Bytes of a chunk.
    static let chunkBytes = 128 << 10

    private let jetStream: JetStream
    private let name: String

    private var stream: String { "FORETAIL_BLOBS_\(name)" }
    private func manifest(_ blob: String) -> String { "foretail-blobs.\(name).m.\(blob)" }
    private func chunks(_ blob: String, _ token: String) -> String { "foretail-blobs.\(name).c.\(token).\(blob)" }

    /// Creates a store, or takes one that is there.
    public static func open(
        _ jetStream: JetStream, _ name: String, replicas: Int = 1, maxBytes: Int64 = -1
    ) async throws(NATSFailure) -> BlobStore {
        let store = BlobStore(jetStream: jetStream, name: name)
        var settings = StreamSettings(name: store.stream, subjects: ["foretail-blobs.\(name).>"])
        settings.replicas = replicas
        settings.discard = .new
        settings.maxBytes = maxBytes
        try await jetStream.ensureStream(settings)
        return store
    }

    /// Writes a version of an object, then removes the older ones.
    ///
    /// - Parameters:
    ///   - blob: The object's name, as a key of a bucket.
    ///   - note: A line that is kept beside it, such as the position it speaks of.
    /// - Returns: The version.
    /// - Throws: ``NATSFailure``; the version before is still there.
    @discardableResult
    public func put(_ blob: String, _ bytes: [UInt8], note: String = "") async throws(NATSFailure) -> UInt64 {
        guard KeyValueBucket.isKey(blob) else {
            throw NATSFailure(.refused, "blob '\(blob)': tokens between dots hold letters, digits and - / _ =")
        }
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        let subject = chunks(blob, token)
        var batch = PublishBatch()
        var first: UInt64 = 0
        var count: UInt64 = 0
        var place = 0
        while place < bytes.count {
            batch.removeAll()
            while place < bytes.count, batch.byteCount < 4 << 20 {
                let end = min(bytes.count, place + Self.chunkBytes)
                batch.append(subject: subject, payload: bytes[place..<end], id: MessageID(token, count))
                count += 1
                place = end
            }
            let sequences = try await store(batch, "blob '\(blob)'")
            if first == 0 { first = sequences[0] }
        }
        var manifest: [UInt8] = []
        JSONValue.members([
            "token": .string(token), "bytes": .integer(Int64(bytes.count)), "chunks": .sequence(count),
            "first": .sequence(first), "crc": .string(String(Checksum64.of(bytes[...]), radix: 16)),
            "note": .string(note),
        ]).append(to: &manifest)
        batch.removeAll()
        batch.append(subject: self.manifest(blob), payload: manifest[...], id: MessageID(token + "-m"))
        let version = try await store(batch, "blob '\(blob)'")[0]
        await removeOlder(blob, than: first > 0 ? first : version, version: version)
        return version
    }

    /// The latest version of an object; nil: there is none.
    ///
    /// - Throws: ``NATSFailure`` (`damaged`) where what is stored is not what was written.
    public func get(_ blob: String) async throws(NATSFailure) -> Blob? {
        // A version that is replaced while it is read loses its chunks; then the next one is there.
        for _ in 0..<8 {
            guard let message = try await jetStream.lastMessage(stream, subject: manifest(blob)) else { return nil }
            do throws(NATSFailure) {
                return try await read(blob, message)
            } catch  where error.kind == .damaged {
                let latest = try await jetStream.lastMessage(stream, subject: manifest(blob))
                if latest?.sequence == message.sequence { throw error }
            }
        }
        throw NATSFailure(.damaged, "blob '\(blob)' in store '\(name)': it is replaced faster than it is read")
    }

    /// Removes an object.
    public func remove(_ blob: String) async throws(NATSFailure) {
        try await jetStream.purge(stream, subject: manifest(blob))
        try await jetStream.purge(stream, subject: chunks(blob, "*"))
    }

    /// The names of the objects that are there.
    public func names() async throws(NATSFailure) -> [String] {
        let prefix = manifest("")
        return try await jetStream.subjectCounts(stream, filter: prefix + ">").keys
            .map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    private func removeOlder(_ blob: String, than first: UInt64, version: UInt64) async {
        // What cannot be removed now is removed with the next version.
        _ = try? await jetStream.purge(stream, subject: chunks(blob, "*"), before: first)
        _ = try? await jetStream.purge(stream, subject: manifest(blob), before: version)
    }

    private func store(_ batch: PublishBatch, _ what: String) async throws(NATSFailure) -> [UInt64] {
        let deadline = Monotonic.deadline(after: 4 * jetStream.connection.settings.answerMicroseconds)
        while true {
            let results = await jetStream.publish(batch, window: 16)
            if results.isComplete { return results.sequences }
            let failure = results.failure ?? NATSFailure(.timeout, "the stream takes nothing")
            guard failure.isTransient, Monotonic.now() < deadline else {
                throw NATSFailure(failure.kind, "\(what) in store '\(name)': \(failure.message)", code: failure.code)
            }
            await Monotonic.sleep(100_000)
        }
    }

    private func read(_ blob: String, _ message: StoredMessage) async throws(NATSFailure) -> Blob {
        func damaged(_ why: String) -> NATSFailure {
            NATSFailure(
                .damaged, "blob '\(blob)', version \(message.sequence), in store '\(name)': \(why); write it anew")
        }
        guard let manifest = try? JSONValue(parsing: message.payload), let token = manifest["token"]?.text,
            let length = manifest["bytes"]?.number, let count = manifest["chunks"]?.sequence,
            let first = manifest["first"]?.sequence, let crc = manifest["crc"]?.text
        else { throw damaged("its manifest cannot be read") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(clamping: max(0, length)))
        if count > 0 {
            var settings = ReaderSettings(
                stream: stream, subject: chunks(blob, token), start: .sequence(first))
            settings.window = 64
            var reader = MessageReader(jetStream, settings)
            var batch = MessageBatch()
            var seen: UInt64 = 0
            try await reader.prepare()
            guard (reader.pending ?? 0) >= count else { throw damaged("chunks are missing") }
            while seen < count {
                try await reader.read(into: &batch, waitingAtMost: jetStream.connection.settings.answerMicroseconds)
                guard !batch.isEmpty else {
                    throw reader.trouble ?? damaged("its chunks do not come")
                }
                for chunk in batch.messages where seen < count {
                    bytes += batch.bytes[chunk.payload]
                    seen += 1
                }
            }
            await reader.close()
        }
        guard Int64(bytes.count) == length else { throw damaged("\(bytes.count) bytes instead of \(length)") }
        guard String(Checksum64.of(bytes[...]), radix: 16) == crc else { throw damaged("its checksum is wrong") }
        return Blob(bytes: bytes, note: manifest["note"]?.text ?? "", version: message.sequence)
    }
}
#endif
