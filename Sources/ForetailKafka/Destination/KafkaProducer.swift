#if Kafka
import CKafka
import Foretail

/// The thread that writes to a topic: it owns the producer, whose callbacks run on it too.
final class KafkaProducer {
    /// Producers that are made anew within one delivery before it fails.
    static let mostRenewals = 5
    /// Microseconds between two looks at callbacks while nothing is to be delivered.
    static let silentMicroseconds: Int64 = 500_000

    private let settings: KafkaDestinationSettings
    private let gate: Gate<KafkaDeliveries>
    private let notify: @Sendable (KafkaNotice) -> Void
    /// The producer and its topic; nil when it could not be made anew.
    private var made: (client: KafkaClient, topic: OpaquePointer)?
    private var isDown = false
    private var lastTrouble = ""
    /// Of the delivery at hand: what is acknowledged, what is on its way, and the first that failed.
    private var isDone: [Bool] = []
    private var outstanding = 0
    private var firstFailure: (message: Int, error: rd_kafka_resp_err_t)?
    /// Whether a message was refused, so that those behind it are to stay.
    private var hasRefused = false
    /// Why the brokers let nobody in.
    private var refusal: rd_kafka_resp_err_t?
    private var place: String { KafkaClient.place(settings.address) }

    /// - Throws: ``ForetailError`` (`badSetting`) naming the property that is wrong.
    init(
        _ settings: KafkaDestinationSettings, gate: Gate<KafkaDeliveries>,
        notify: @escaping @Sendable (KafkaNotice) -> Void
    ) throws(ForetailError) {
        self.settings = settings
        self.gate = gate
        self.notify = notify
        try open()
    }

    private func open() throws(ForetailError) {
        let client = try KafkaClient(
            RD_KAFKA_PRODUCER, settings.address, properties: settings.properties,
            defaults: [
                // As Kafka's own producer does it, so that both put a key into the same partition.
                ("partitioner", "murmur2_random"), ("compression.type", "lz4"), ("linger.ms", "5"),
                ("message.timeout.ms", String(max(1_000, settings.deliveryMicroseconds / 1_000))),
                ("queue.buffering.max.messages", "100000"),
                ("queue.buffering.max.kbytes", String(max(1, settings.queuedBytes / 1_024))),
            ], fixed: [("enable.idempotence", "true"), ("acks", "all")],
            opaque: Unmanaged.passUnretained(self).toOpaque()
        ) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration, delivered)
            rd_kafka_conf_set_error_cb(configuration, troubled)
        }
        guard let topic = rd_kafka_topic_new(client.handle, settings.address.topic, nil) else {
            let reason = client.text(rd_kafka_last_error())
            client.destroy()
            throw ForetailError(.badSetting, "\(place): \(reason); see to the topic's name")
        }
        made = (client, topic)
    }

    private func shut() {
        guard let (client, topic) = made else { return }
        made = nil
        rd_kafka_topic_destroy(topic)
        client.destroy()
    }

    /// Delivers until the owner closes. Takes the whole thread.
    func run() {
        while true {
            gate.wait(untilMicroseconds: Monotonic.now() + Self.silentMicroseconds) {
                $0.waiting != nil || $0.isClosing
            }
            let (delivery, isClosing) = gate.withLock { state in
                defer { state.waiting = nil }
                return (state.waiting, state.isClosing)
            }
            if let delivery {
                delivery.continuation.resume(returning: deliver(delivery))
            } else if isClosing {
                break
            } else if let made {
                rd_kafka_poll(made.client.handle, 0)
            }
        }
        shut()
        let closers = gate.withLock { state in
            state.hasEnded = true
            defer { state.closers = [] }
            return state.closers
        }
        closers.forEach { $0.resume() }
    }

    // MARK: Delivering

    private func deliver(_ delivery: KafkaDelivery) -> Result<Void, ForetailError> {
        isDone = Array(repeating: false, count: delivery.messages.count)
        var renewals = 0
        while true {
            if made == nil {
                do throws(ForetailError) { try open() } catch { return .failure(error) }
            }
            guard let made else { preconditionFailure("a producer that was opened is there") }
            firstFailure = nil
            hasRefused = false
            send(delivery, by: made.client, to: made.topic)
            guard let failure = firstFailure else { return .success(()) }
            guard let reason = made.client.fatal else {
                return .failure(describe(failure, of: delivery, by: made.client))
            }
            renewals += 1
            guard renewals <= Self.mostRenewals else {
                return .failure(ForetailError(.destination, "\(place): the producer failed for good: \(reason)"))
            }
            // What was acknowledged is there; the others follow in their order. Of those some may be there twice.
            notify(
                KafkaNotice(
                    reason: .producer,
                    message: """
                        \(place): the producer failed for good (\(reason)) and is made anew; what was not acknowledged is \
                        sent again
                        """))
            shut()
        }
    }

    /// Sends what is not acknowledged, and waits for an answer to each.
    private func send(_ delivery: KafkaDelivery, by client: KafkaClient, to topic: OpaquePointer) {
        delivery.bytes.withUnsafeBufferPointer { bytes in
            delivery.keys.withUnsafeBufferPointer { keys in
                for index in delivery.messages.indices where !isDone[index] {
                    guard firstFailure == nil else { break }
                    enqueue(delivery.messages[index], index, bytes, keys, client, topic)
                }
            }
        }
        var isCut = false
        while outstanding > 0 {
            if !isCut, hasRefused || refusal != nil || gate.withLock({ $0.isCancelled || $0.isClosing }) {
                isCut = true
                rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE)
            }
            // Unlike a poll it does not let messages linger.
            rd_kafka_flush(client.handle, 100)
        }
        if let refusal, let failure = firstFailure { firstFailure = (failure.message, refusal) }
        refusal = nil
    }

    private func enqueue(
        _ message: RecordKeys.Message, _ index: Int, _ bytes: UnsafeBufferPointer<UInt8>,
        _ keys: UnsafeBufferPointer<UInt8>, _ client: KafkaClient, _ topic: OpaquePointer
    ) {
        let value = UnsafeMutableRawPointer(mutating: bytes.baseAddress! + message.start)
        // An empty key is a key; it needs a place nonetheless.
        let key = message.key.map { range in
            UnsafeRawPointer(keys.baseAddress.map { $0 + range.lowerBound } ?? bytes.baseAddress!)
        }
        while true {
            let result = rd_kafka_produce(
                topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, message.end - message.start, key,
                message.key?.count ?? 0, UnsafeMutableRawPointer(bitPattern: index + 1))
            if result == 0 {
                outstanding += 1
                return
            }
            let error = rd_kafka_last_error()
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                firstFailure = firstFailure ?? (index, error)
                return
            }
            if gate.withLock({ $0.isCancelled || $0.isClosing }) {
                firstFailure = firstFailure ?? (index, RD_KAFKA_RESP_ERR__PURGE_QUEUE)
                return
            }
            rd_kafka_poll(client.handle, 20)
            if firstFailure != nil { return }
        }
    }

    private static func isPurge(_ error: rd_kafka_resp_err_t) -> Bool {
        error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
    }

    /// An answer of the brokers to one message.
    fileprivate func note(_ message: UnsafePointer<rd_kafka_message_t>) {
        let index = Int(bitPattern: message.pointee._private) - 1
        guard isDone.indices.contains(index) else { return }
        outstanding -= 1
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            isDone[index] = true
            if isDown {
                isDown = false
                notify(KafkaNotice(reason: .up, message: "\(place): brokers answer again"))
            }
        } else if Self.isPurge(message.pointee.err) {
            // It was given up because another one failed.
            firstFailure = firstFailure ?? (index, message.pointee.err)
        } else {
            hasRefused = true
            if firstFailure.map({ index < $0.message || Self.isPurge($0.error) }) ?? true {
                firstFailure = (index, message.pointee.err)
            }
        }
    }

    fileprivate func note(trouble error: rd_kafka_resp_err_t, _ words: String) {
        let words = made?.client.plain(words) ?? words
        switch error {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            guard !isDown else { return }
            isDown = true
            let reason = lastTrouble.isEmpty ? words : lastTrouble
            let seconds = settings.deliveryMicroseconds / 1_000_000
            notify(
                KafkaNotice(
                    reason: .down,
                    message: """
                        \(place): no broker can be reached (\(reason)); it is tried again, a delivery for \(seconds) s
                        """))
        case RD_KAFKA_RESP_ERR__FATAL: break
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            refusal = error
            lastTrouble = words
        default:
            lastTrouble = words
            if error != RD_KAFKA_RESP_ERR__TRANSPORT, error != RD_KAFKA_RESP_ERR__RESOLVE {
                notify(KafkaNotice(reason: .other, message: "\(place): \(words)"))
            }
        }
    }

    private func describe(
        _ failure: (message: Int, error: rd_kafka_resp_err_t), of delivery: KafkaDelivery, by client: KafkaClient
    ) -> ForetailError {
        let message = delivery.messages[failure.message]
        let key = message.key.map { ", key '\(String(decoding: delivery.keys[$0], as: UTF8.self))'" } ?? ""
        let record =
            "record \(failure.message + 1) of \(delivery.messages.count) (\(message.end - message.start) bytes\(key))"
        let words = client.text(failure.error)
        let sentence: String
        switch failure.error {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
            RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            sentence =
                """
                \(record) is too large; raise message.max.bytes in the properties and max.message.bytes of the topic, or \
                leave such events out by a filter
                """
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT:
            let reason = lastTrouble.isEmpty ? "" : " (\(lastTrouble))"
            let seconds = settings.deliveryMicroseconds / 1_000_000
            sentence = "not delivered within \(seconds) s\(reason); see to the brokers, and begin again"
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            sentence = "there is no such topic; create it, or see to its name"
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            sentence = "not allowed: \(words); ask for the right to write to the topic"
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            let reason = lastTrouble.isEmpty ? words : lastTrouble
            sentence = "the brokers do not accept the credentials: \(reason); see to sasl.username and sasl.password"
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            sentence = "given up before all was acknowledged; deliver it again"
        default: sentence = "\(record) was refused: \(words)"
        }
        return ForetailError(.destination, "\(place): \(sentence)")
    }
}

private func producer(_ opaque: UnsafeMutableRawPointer?) -> KafkaProducer? {
    opaque.map { Unmanaged<KafkaProducer>.fromOpaque($0).takeUnretainedValue() }
}

private func delivered(
    _ client: OpaquePointer?, _ message: UnsafePointer<rd_kafka_message_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let message else { return }
    producer(opaque)?.note(message)
}

private func troubled(
    _ client: OpaquePointer?, _ error: Int32, _ reason: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) {
    producer(opaque)?.note(
        trouble: rd_kafka_resp_err_t(rawValue: error), reason.map { String(cString: $0) } ?? "")
}
#endif
