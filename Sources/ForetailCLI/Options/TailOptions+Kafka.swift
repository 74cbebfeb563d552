import ArgumentParser
import FieldExtraction
import Foretail

#if Kafka
import ForetailKafka
#endif

/// A tail whose source or destination is a topic of Kafka.
extension TailOptions {
    /// Whether the source is a topic.
    var isKafka: Bool { Self.isTopic(source) }
    /// Whether the records go to a topic.
    var isToKafka: Bool { to.map(Self.isTopic) ?? false }

    private static func isTopic(_ text: String) -> Bool { text.lowercased().hasPrefix("kafka://") }

    /// Refuses what cannot be read, and options that do nothing here.
    func validateKafka() throws {
        guard isKafka || isToKafka else {
            if kafkaConfig != nil {
                throw ValidationError("--kafka-config: neither source nor --to is a topic of Kafka")
            }
            return
        }
        #if Kafka
        do throws(ForetailError) {
            if isKafka { _ = try KafkaSourceSettings(KafkaAddress(source)) }
            if let to, isToKafka { _ = try KafkaDestinationSettings(KafkaAddress(to)) }
        } catch {
            throw ValidationError(error.message)
        }
        if isKafka, follow { throw ValidationError("-f: a topic is always followed; leave it out") }
        if isKafka, input == .csv { throw ValidationError("--input csv: a message has no header; send JSON or text") }
        if isToKafka, format == .pretty {
            throw ValidationError("--format pretty: for people, not for a topic; leave it out")
        }
        #else
        throw ValidationError(MissingTrait.kafka(isKafka ? source : "--to \(to ?? "")"))
        #endif
    }

    /// The stream of a topic: a live one, with the members that tell of messages as key and time where nothing else is named.
    var kafkaDescriptor: StreamDescriptor {
        #if Kafka
        guard let address = try? KafkaAddress(source) else { return descriptor(name: source, isLive: true) }
        var stream = descriptor(name: address.topic, isLive: true)
        if key == nil, let member = address.parameters["key"] { stream.key = [FieldPath([member])] }
        if time == nil, let member = address.parameters["timestamp"] { stream.time = FieldPath([member]) }
        return stream
        #else
        return descriptor(name: source, isLive: true)
        #endif
    }

    #if Kafka
    /// Joins the group of the source's address.
    func kafkaSource(
        _ stream: StreamDescriptor, limits: ScanLimits, progress: SourceProgress
    ) throws(ForetailError) -> KafkaSource {
        var settings = try KafkaSourceSettings(KafkaAddress(source))
        settings.properties = try KafkaProperties.fromEnvironment(file: kafkaConfig)
        stream.lineReader?.setReference(SystemClock().now())
        return try KafkaSource(settings, stream: stream, limits: limits) { notice in
            progress.add(SourceNotice(reason: .said, path: "", detail: notice.message))
        }
    }

    /// Makes a producer for the address of `--to`.
    func kafkaDestination() throws(ForetailError) -> KafkaDestination {
        var settings = try KafkaDestinationSettings(KafkaAddress(to ?? ""))
        settings.properties = try KafkaProperties.fromEnvironment(file: kafkaConfig)
        // A producer's own line has its key where the options say.
        if shownFormat == .raw { settings.keyFields = key?.paths ?? [] }
        let isQuiet = quiet
        return try KafkaDestination(settings) { notice in
            if !isQuiet { StandardError.write("foretail: \(notice.message)\n") }
        }
    }
    #endif

    /// A topic that is read and written at once would grow for ever.
    func refuseOwnTopic() throws(ForetailError) {
        #if Kafka
        guard isKafka, let to else { return }
        let (from, target) = (try KafkaAddress(source), try KafkaAddress(to))
        guard from.topic == target.topic, from.brokers == target.brokers else { return }
        throw ForetailError(.destination, "--to \(to): the source itself; name another topic")
        #endif
    }
}
