#if Kafka
import CKafka
import Foretail

/// The thread that reads a topic: the only one that talks to librdkafka, whose callbacks run on it too.
///
/// One turn: commit what was acknowledged, see to room, take messages until none is there or a block is full.
final class KafkaConsumer {
    /// A block that is handed over though more messages are there.
    static let blockBytes = 256 << 10
    /// Milliseconds that a silent turn takes: how soon a wish to close is seen.
    static let silentMilliseconds: Int32 = 50
    /// Microseconds without room before reading is paused: a pause costs what librdkafka had fetched already.
    static let pauseMicroseconds: Int64 = 500_000
    /// Microseconds that a source which cannot go on keeps its partitions for the reader's last acknowledgement.
    static let lastMicroseconds: Int64 = 30_000_000
    /// Commits that fail one after the other before a word is said: one fails when the group is being shared out anew.
    static let saidCommitFailures = 3
    /// Milliseconds that an answer of the brokers is waited for.
    static let answerMilliseconds: Int32 = 10_000

    let settings: KafkaSourceSettings
    let gate: Gate<KafkaExchange>
    let notify: @Sendable (KafkaNotice) -> Void
    private var made: KafkaClient?
    /// What was taken and not handed over yet.
    var filling = KafkaBlock()
    /// Messages taken since the last block was handed over.
    var counts = KafkaSourceStatus()
    /// The ownership of each partition; the same as in the exchange, at hand without a lock.
    var generations: [Int32: UInt64] = [:]
    var lastGeneration: UInt64 = 0
    /// Partitions whose place is to be found anew, with the offset that was no good (negative: none was committed).
    var resets: [Int32: Int64] = [:]
    /// Partitions that came with a committed offset, to be held against the log's end: not every broker refuses an offset behind it.
    var unchecked: [Int32: Int64] = [:]
    var nextReset: Int64 = 0
    var isPaused = false
    var isDown = false
    /// Whether the group ever gave a partition: then the topic is there, and may be read.
    var wasAssigned = false
    /// The words of the last broken connection, for the notice that all are.
    var lastTrouble = ""
    private var nextCommit: Int64 = 0
    var commitFailures = 0
    /// There from the end of `init` on.
    var client: KafkaClient {
        guard let made else { preconditionFailure("the consumer is used before it was made") }
        return made
    }
    var place: String { KafkaClient.place(settings.address) }

    /// - Throws: ``ForetailError`` (`badSetting`) naming the property that is wrong.
    init(
        _ settings: KafkaSourceSettings, gate: Gate<KafkaExchange>, notify: @escaping @Sendable (KafkaNotice) -> Void
    ) throws(ForetailError) {
        self.settings = settings
        self.gate = gate
        self.notify = notify
        let client = try KafkaClient(
            RD_KAFKA_CONSUMER, settings.address, properties: settings.properties,
            defaults: [
                ("queued.max.messages.kbytes", "16384"), ("queued.min.messages", "10000"),
                ("session.timeout.ms", "10000"), ("fetch.wait.max.ms", "100"),
                ("allow.auto.create.topics", "false"),
            ],
            fixed: [
                ("group.id", settings.group), ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"), ("partition.assignment.strategy", "cooperative-sticky"),
                ("enable.partition.eof", "false"), ("auto.offset.reset", "error"),
            ], opaque: Unmanaged.passUnretained(self).toOpaque()
        ) { configuration in
            rd_kafka_conf_set_rebalance_cb(configuration, rebalanced)
            rd_kafka_conf_set_error_cb(configuration, failed)
            rd_kafka_conf_set_offset_commit_cb(configuration, committed)
        }
        rd_kafka_poll_set_consumer(client.handle)
        made = client
    }

    /// Reads until the owner closes or reading cannot go on. Takes the whole thread.
    func run() {
        subscribe()
        while gate.withLock({ !$0.isClosing && $0.failure == nil }) {
            commitDue()
            findPlaces()
            makeRoom()
            takeMessages()
        }
        handOver()
        // Whoever closes gave up what he did not acknowledge. After a failure the reader may still acknowledge what he has.
        gate.wait(untilMicroseconds: Monotonic.now() + Self.lastMicroseconds) { exchange in
            exchange.isClosing || exchange.blocks.isEmpty && !exchange.owned.values.contains { $0.isInFlight }
        }
        gate.withLock { $0.isClosed = true }
        rd_kafka_consumer_close(client.handle)
        client.destroy()
        for closer in gate.ring({ $0.end() }) { closer.resume() }
        gate.withLock { $0.takeWaiter() }?.resume()
    }

    private func subscribe() {
        let topics = rd_kafka_topic_partition_list_new(1)!
        defer { rd_kafka_topic_partition_list_destroy(topics) }
        rd_kafka_topic_partition_list_add(topics, settings.address.topic, RD_KAFKA_PARTITION_UA)
        let error = rd_kafka_subscribe(client.handle, topics)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            fail("cannot be subscribed to: \(client.text(error)); see to the properties")
        }
    }

    private func takeMessages() {
        let wait = filling.isEmpty ? Self.silentMilliseconds : 0
        var message = rd_kafka_consumer_poll(client.handle, wait)
        while let current = message {
            take(current)
            rd_kafka_message_destroy(current)
            guard filling.byteCount < Self.blockBytes else { break }
            message = rd_kafka_consumer_poll(client.handle, 0)
        }
        handOver()
    }

    /// Gives the reader what was taken.
    func handOver() {
        let counts = self.counts
        self.counts = KafkaSourceStatus()
        var block = KafkaBlock()
        swap(&block, &filling)
        let waiter = gate.withLock { exchange in
            exchange.status.messages += counts.messages
            exchange.status.tombstones += counts.tombstones
            exchange.status.blanks += counts.blanks
            if !block.isEmpty {
                exchange.bytes += block.byteCount
                exchange.blocks.append(block)
            }
            exchange.status.isDown = isDown
            return exchange.takeWaiterWithNews()
        }
        waiter?.resume()
    }

    /// Waits while the reader is behind. If that takes long, reading is paused, so that the group hears from this member.
    private func makeRoom() {
        let (budget, now) = (settings.readyBytes, Monotonic.now())
        if isPaused {
            guard gate.withLock({ $0.bytes <= budget / 2 }) else { return }
            pause(false)
        } else {
            // With a commit that falls due meanwhile.
            let hasRoom = gate.wait(untilMicroseconds: now + Self.pauseMicroseconds) {
                $0.bytes < budget || $0.isClosing
            }
            if !hasRoom { pause(true) }
        }
    }

    func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        gate.withLock { $0.status.isPaused = isPaused }
        withPartitions(generations.keys.map { ($0, nil) }) { list in
            _ =
                isPaused
                ? rd_kafka_pause_partitions(client.handle, list) : rd_kafka_resume_partitions(client.handle, list)
        }
    }

    /// Commits what was acknowledged, when it is time.
    private func commitDue() {
        let now = Monotonic.now()
        guard now >= nextCommit else { return }
        nextCommit = now + settings.commitMicroseconds
        let offsets = takeUncommitted()
        guard !offsets.isEmpty else { return }
        // The answer comes to `committed`.
        let error = withPartitions(offsets) { rd_kafka_commit(client.handle, $0, 1) }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { commitFailed(offsets.map(\.0), client.text(error)) }
    }

    /// Offsets that were acknowledged and not committed; they count as committed from now on.
    private func takeUncommitted() -> [(Int32, Int64?)] {
        gate.withLock { exchange in
            var offsets: [(Int32, Int64?)] = []
            for (partition, owned) in exchange.owned where owned.acknowledged > owned.committed {
                exchange.owned[partition]!.committed = owned.acknowledged
                offsets.append((partition, owned.acknowledged))
            }
            return offsets
        }
    }

    func commitFailed(_ partitions: [Int32], _ reason: String) {
        gate.withLock { exchange in
            for partition in partitions { exchange.owned[partition]?.committed = -1 }
        }
        commitFailures += 1
        guard commitFailures == Self.saidCommitFailures else { return }
        say(.commit, "offsets could not be committed: \(reason); it is tried again, and what was read is kept in order")
    }

    /// Calls `body` with a list of partitions, and offsets where there are any.
    func withPartitions<Value>(
        _ partitions: [(Int32, Int64?)], _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Value
    ) -> Value {
        let list = rd_kafka_topic_partition_list_new(Int32(partitions.count))!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in partitions {
            let entry = rd_kafka_topic_partition_list_add(list, settings.address.topic, partition)!
            if let offset { entry.pointee.offset = offset }
        }
        return body(list)
    }

    func fail(_ sentence: String) {
        let failure = ForetailError(.source, "\(place): \(sentence)")
        handOver()
        gate.ring { exchange in
            if exchange.failure == nil { exchange.failure = failure }
            return exchange.takeWaiterWithNews()
        }?.resume()
    }

    func say(_ reason: KafkaNotice.Reason, _ sentence: String) {
        notify(KafkaNotice(reason: reason, message: "\(place): \(sentence)"))
    }

    /// Notes that brokers answer.
    func heard() {
        guard isDown else { return }
        isDown = false
        say(.up, "brokers answer again")
    }
}

private func consumer(_ opaque: UnsafeMutableRawPointer?) -> KafkaConsumer? {
    opaque.map { Unmanaged<KafkaConsumer>.fromOpaque($0).takeUnretainedValue() }
}

private func rebalanced(
    _ client: OpaquePointer?, _ error: rd_kafka_resp_err_t,
    _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let partitions else { return }
    consumer(opaque)?.rebalance(error, partitions)
}

private func failed(
    _ client: OpaquePointer?, _ error: Int32, _ reason: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) {
    consumer(opaque)?.take(
        trouble: rd_kafka_resp_err_t(rawValue: error), reason.map { String(cString: $0) } ?? "")
}

private func committed(
    _ client: OpaquePointer?, _ error: rd_kafka_resp_err_t,
    _ offsets: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let offsets else { return }
    consumer(opaque)?.noteCommit(error, offsets)
}
#endif
