#if Kafka
import CKafka
import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What comes of polling: messages, and errors in their place.
extension KafkaConsumer {
    func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return takeError(message) }
        if isDown { heard() }
        let (partition, offset) = (message.pointee.partition, message.pointee.offset)
        // What was fetched before the partition left is none of ours.
        guard let generation = generations[partition], resets[partition] == nil else { return }
        counts.messages += 1
        filling.note(partition, generation: generation, next: offset + 1)
        let start = filling.bytes.count
        let firstMember = filling.members.count
        if let value = message.pointee.payload {
            let bytes = UnsafeRawBufferPointer(start: value, count: message.pointee.len)
            guard bytes.contains(where: { $0 > 0x20 }) else {
                counts.blanks += 1
                return
            }
            filling.bytes.append(contentsOf: bytes)
            putOnOneLine(from: start)
        } else {
            counts.tombstones += 1
            guard settings.members.tombstone != nil else { return }
            filling.bytes.append(contentsOf: [UInt8(ascii: "{"), UInt8(ascii: "}")])
        }
        let end = filling.bytes.count
        filling.bytes.append(0x0A)
        if settings.members != KafkaSourceSettings.Members() { addMembers(message) }
        filling.records.append(
            KafkaBlock.Record(
                start: start, end: end, members: firstMember..<filling.members.count, partition: partition,
                offset: offset))
    }

    /// Makes newlines of a value blanks: between JSON's tokens they mean the same, and a record is a line.
    private func putOnOneLine(from start: Int) {
        filling.bytes.withUnsafeMutableBytes { bytes in
            var place = start
            while place < bytes.count, let found = memchr(bytes.baseAddress! + place, 0x0A, bytes.count - place) {
                place = UnsafeRawPointer(found) - UnsafeRawPointer(bytes.baseAddress!)
                bytes[place] = 0x20
                place += 1
            }
        }
    }

    /// Writes what is asked of the message as members of an object, each with a comma behind it.
    private func addMembers(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        if let name = settings.members.key {
            addName(name)
            if let key = message.pointee.key {
                JSONString.append(text(key, message.pointee.key_len), to: &filling.members)
            } else {
                filling.members += "null".utf8
            }
            filling.members.append(UInt8(ascii: ","))
        }
        if let name = settings.members.timestamp {
            let time = rd_kafka_message_timestamp(message, nil)
            if time >= 0 {
                addName(name)
                filling.members += "\(time),".utf8
            }
        }
        if let name = settings.members.headers { addHeaders(message, name) }
        if let name = settings.members.tombstone, message.pointee.payload == nil {
            addName(name)
            filling.members += "true,".utf8
        }
    }

    private func addHeaders(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ name: String) {
        addName(name)
        filling.members.append(UInt8(ascii: "{"))
        var headers: OpaquePointer?
        if rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers {
            var values: [(name: String, value: [UInt8]?)] = []
            var (title, value): (UnsafePointer<CChar>?, UnsafeRawPointer?) = (nil, nil)
            var size = 0
            while rd_kafka_header_get_all(headers, values.count, &title, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
                values.append((title.map { String(cString: $0) } ?? "", value.map { Array(text($0, size)) }))
            }
            var seen: Set<String> = []
            for (title, value) in values.reversed() where seen.insert(title).inserted {
                if seen.count > 1 { filling.members.append(UInt8(ascii: ",")) }
                addName(title)
                if let value { JSONString.append(value, to: &filling.members) } else { filling.members += "null".utf8 }
            }
        }
        filling.members += "},".utf8
    }

    private func addName(_ name: String) {
        JSONString.append(name, to: &filling.members)
        filling.members.append(UInt8(ascii: ":"))
    }

    private func text(_ start: UnsafeRawPointer, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    // MARK: Errors

    /// An error that stands where a message would.
    private func takeError(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let error = message.pointee.err
        let words = rd_kafka_message_errstr(message).map { client.plain(String(cString: $0)) } ?? client.text(error)
        let partition = message.pointee.partition
        switch error {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF: break
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            if generations[partition] != nil { resets[partition] = message.pointee.offset }
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            if wasAssigned {
                say(.other, "\(words); waiting for it to come back")
            } else {
                fail("there is no such topic; create it, or see to its name")
            }
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: fail("\(words); see to the topic's name")
        case RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
            let position = Position(partition: partition, offset: max(0, message.pointee.offset))
            fail(
                """
                the message at \(position) (offset \(message.pointee.offset)) cannot be read: \(words); see to the \
                broker's log, or set the group's offset behind it (kafka-consumer-groups --reset-offsets)
                """)
        default: take(trouble: error, words)
        }
    }

    /// An error of the client as a whole, or one that does not say more than its code.
    func take(trouble error: rd_kafka_resp_err_t, _ words: String) {
        let words = client.plain(words)
        switch error {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            guard !isDown else { return }
            isDown = true
            gate.withLock { $0.status.isDown = true }
            let reason = lastTrouble.isEmpty ? words : lastTrouble
            say(.down, "no broker can be reached (\(reason)); it is tried again until one can")
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__TIMED_OUT: lastTrouble = words
        case RD_KAFKA_RESP_ERR__SSL:
            lastTrouble = words
            say(.other, "TLS failed: \(words); see to ssl.ca.location and the brokers' certificates")
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            fail(
                """
                the brokers do not accept the credentials: \(words); see to sasl.mechanism, sasl.username and \
                sasl.password
                """)
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            fail("not allowed: \(words); ask for the right to read and describe the topic")
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            fail("not allowed: \(words); ask for the right to read with the group '\(settings.group)'")
        case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED: fail("the group '\(settings.group)' is full: \(words)")
        case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
            fail("the consumer failed for good: \(client.fatal ?? words); begin again")
        case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
            fail(
                """
                the group '\(settings.group)' has members that share partitions in another way: \(words); use a group of \
                its own, or members with partition.assignment.strategy=cooperative-sticky
                """)
        default:
            say(.other, words.isEmpty ? client.text(error) : words)
        }
    }
}
#endif
