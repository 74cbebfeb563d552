#if Kafka
import Foretail

/// Records on their way, and who waits for them.
struct KafkaDelivery: Sendable {
    let bytes: [UInt8]
    let messages: [RecordKeys.Message]
    let keys: [UInt8]
    let continuation: CheckedContinuation<Result<Void, ForetailError>, Never>
}

/// What a destination and its producer's thread share.
struct KafkaDeliveries {
    var waiting: KafkaDelivery?
    var isCancelled = false
    var isClosing = false
    var hasEnded = false
    var closers: [CheckedContinuation<Void, Never>] = []
}
#endif
