#if Kafka
public import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension KafkaProperties {
    /// The properties of a file, or of the one that `FORETAIL_KAFKA_CONFIG` names, with `FORETAIL_KAFKA_USERNAME` and
    /// `FORETAIL_KAFKA_PASSWORD` as `sasl.username` and `sasl.password`.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming file, line and remedy.
    public static func fromEnvironment(file: String? = nil) throws(ForetailError) -> KafkaProperties {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        var properties = KafkaProperties()
        if let path = file ?? variable("FORETAIL_KAFKA_CONFIG") { properties = try KafkaProperties(file: path) }
        if let name = variable("FORETAIL_KAFKA_USERNAME") { try properties.set("sasl.username", to: name) }
        if let word = variable("FORETAIL_KAFKA_PASSWORD") { try properties.set("sasl.password", to: word) }
        return properties
    }
}
#endif
