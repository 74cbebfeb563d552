#if Kafka
import CKafka
import CKafka.Mock
import FieldExtraction
import Foretail
import Foundation
import Testing

@testable import ForetailKafka

/// A cluster of librdkafka's own mock brokers on loopback, as long as the object lives.
///
/// It knows groups, commits, errors and brokers that are down. It keeps about 5 MB a partition and forgets older messages.
final class MockCluster: @unchecked Sendable {
    private let handle: OpaquePointer
    let cluster: OpaquePointer
    let brokers: String

    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    init(brokers count: Int32 = 1) throws {
        var text = [CChar](repeating: 0, count: 256)
        let configuration = rd_kafka_conf_new()!
        rd_kafka_conf_set(configuration, "client.id", "mock", nil, 0)
        rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
        guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count),
            let cluster = rd_kafka_mock_cluster_new(handle, count)
        else { throw Failure("no mock cluster") }
        self.handle = handle
        self.cluster = cluster
        brokers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(handle)
    }

    func create(_ topic: String, partitions: Int32) {
        let error = rd_kafka_mock_topic_create(cluster, topic, partitions, 1)
        precondition(error == RD_KAFKA_RESP_ERR_NO_ERROR, "the mock cluster makes no topic")
    }

    func setDown(_ isDown: Bool) {
        _ = isDown ? rd_kafka_mock_broker_set_down(cluster, -1) : rd_kafka_mock_broker_set_up(cluster, -1)
    }

    /// Lets the next requests of a kind (0: produce) fail.
    func push(_ errors: [rd_kafka_resp_err_t], of request: Int16) {
        rd_kafka_mock_push_request_errors_array(cluster, request, errors.count, errors)
    }

    func setError(_ error: rd_kafka_resp_err_t, topic: String) {
        rd_kafka_mock_topic_set_error(cluster, topic, error)
    }

    func address(_ topic: String, _ query: String = "") throws -> KafkaAddress {
        try KafkaAddress("kafka://\(brokers)/\(topic)\(query)")
    }

    func producer() throws -> TestProducer { try TestProducer(brokers) }

    /// Settings of a source that find what happens soon.
    func settings(
        _ topic: String, group: String = "g", _ change: (inout KafkaSourceSettings) -> Void = { _ in }
    ) throws -> KafkaSourceSettings {
        var settings = KafkaSourceSettings(address: try address(topic), group: group)
        settings.commitMicroseconds = 50_000
        try settings.properties.set("reconnect.backoff.max.ms", to: "500")
        change(&settings)
        return settings
    }

    /// The offset that a group has committed; nil: none.
    func committed(_ topic: String, _ partition: Int32, group: String) throws -> Int64? {
        let configuration = rd_kafka_conf_new()!
        for (name, value) in [("bootstrap.servers", brokers), ("group.id", group)] {
            rd_kafka_conf_set(configuration, name, value, nil, 0)
        }
        guard let client = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, nil, 0) else { throw Failure("no client") }
        defer { rd_kafka_destroy(client) }
        let list = rd_kafka_topic_partition_list_new(1)!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic, partition)
        let error = rd_kafka_committed(client, list, 30_000)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw Failure(String(cString: rd_kafka_err2str(error))) }
        let offset = list.pointee.elems[0].offset
        return offset >= 0 ? offset : nil
    }
}

/// A plain producer, as a foreign program would be.
final class TestProducer: @unchecked Sendable {
    private let handle: OpaquePointer
    private var failures: [String] = []

    init(_ brokers: String) throws {
        let configuration = rd_kafka_conf_new()!
        rd_kafka_conf_set(configuration, "bootstrap.servers", brokers, nil, 0)
        rd_kafka_conf_set(configuration, "queue.buffering.max.messages", "1000000", nil, 0)
        rd_kafka_conf_set(configuration, "message.max.bytes", "5000000", nil, 0)
        rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
        guard let handle = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            throw MockCluster.Failure("no producer")
        }
        self.handle = handle
    }

    deinit { rd_kafka_destroy(handle) }

    func send(
        _ topic: String, _ partition: Int32, _ value: [UInt8]?, key: String? = nil, headers: [(String, String)] = [],
        timestamp: Int64 = 0
    ) {
        let list = rd_kafka_headers_new(headers.count)!
        for (name, value) in headers { rd_kafka_header_add(list, name, -1, value, -1) }
        let topicName = strdup(topic)!
        defer { free(topicName) }
        let value = value
        let key = key.map { Array($0.utf8) }
        func place(_ bytes: [UInt8]?) -> (UnsafeMutableRawPointer?, Int) {
            guard let bytes else { return (nil, 0) }
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            bytes.withUnsafeBytes { if $0.count > 0 { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
            return (copy, bytes.count)
        }
        let (valueStart, valueCount) = place(value)
        let (keyStart, keyCount) = place(key)
        defer {
            valueStart?.deallocate()
            keyStart?.deallocate()
        }
        var arguments = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 7)
        arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC
        arguments[0].u.cstr = UnsafePointer(topicName)
        arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
        arguments[1].u.i32 = partition
        arguments[2].vtype = RD_KAFKA_VTYPE_VALUE
        arguments[2].u.mem.ptr = valueStart
        arguments[2].u.mem.size = valueCount
        arguments[3].vtype = RD_KAFKA_VTYPE_KEY
        arguments[3].u.mem.ptr = keyStart
        arguments[3].u.mem.size = keyCount
        arguments[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        arguments[4].u.i = RD_KAFKA_MSG_F_COPY
        arguments[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP
        arguments[5].u.i64 = timestamp
        arguments[6].vtype = RD_KAFKA_VTYPE_HEADERS
        arguments[6].u.headers = list
        if let error = rd_kafka_produceva(handle, arguments, arguments.count) {
            rd_kafka_headers_destroy(list)
            Issue.record("not produced: \(String(cString: rd_kafka_error_string(error)))")
            rd_kafka_error_destroy(error)
        }
    }

    func send(_ topic: String, _ partition: Int32, _ value: String, key: String? = nil) {
        send(topic, partition, Array(value.utf8), key: key)
    }

    func flush() {
        #expect(rd_kafka_flush(handle, 60_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    }
}
#endif
