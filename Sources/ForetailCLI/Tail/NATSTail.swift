import FieldExtraction
import Foretail

/// Whether a source or destination of `foretail tail` is an address of NATS.
enum NATSTail {
    static func isAddress(_ text: String) -> Bool {
        ["nats://", "nats+tls://", "tls://"].contains { text.lowercased().hasPrefix($0) }
    }
}

#if NATS
import ForetailNATS

extension NATSTail {
    static func open(_ address: NATSAddress, _ options: NATSOptions) async throws(NATSFailure) -> JetStream {
        JetStream(try await NATSConnection.open(options.settings(servers: [address.server])))
    }
}

/// The events of a JetStream stream; connects with the first read.
struct NATSTailSource: EventSource {
    let progress = SourceProgress()
    private let address: NATSAddress
    private let options: NATSOptions
    private let stream: StreamDescriptor
    private let limits: ScanLimits
    private var source: JetStreamSource?

    init(
        _ text: String, _ options: NATSOptions, descriptor: StreamDescriptor, limits: ScanLimits
    ) throws(ForetailError) {
        do throws(NATSFailure) { address = try NATSAddress(text) } catch { throw error.error(.source) }
        self.options = options
        stream = descriptor
        self.limits = limits
    }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        if source == nil {
            do throws(NATSFailure) {
                let settings = ReaderSettings(stream: address.name, subject: address.subject, start: address.start)
                source = JetStreamSource(
                    try await NATSTail.open(address, options), settings, descriptor: stream, limits: limits)
            } catch {
                throw error.error(.source)
            }
        }
        let state = try await source!.read(into: &batch, waitingAtMost: microseconds)
        for gap in source!.takeGaps() {
            progress.add(
                SourceNotice(reason: .forgotten, path: address.name, detail: "sequences \(gap.from) to \(gap.through)"))
        }
        return state
    }

    mutating func acknowledge() async throws(ForetailError) {}
}

/// Records to a subject of JetStream; connects with the first record.
struct NATSTailDestination: Destination {
    private let address: NATSAddress
    private let options: NATSOptions
    private var destination: JetStreamDestination?

    init(_ text: String, _ options: NATSOptions) throws(ForetailError) {
        do throws(NATSFailure) { address = try NATSAddress(text) } catch { throw error.error(.destination) }
        self.options = options
    }

    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        if destination == nil {
            do throws(NATSFailure) {
                destination = JetStreamDestination(try await NATSTail.open(address, options), subject: address.name)
            } catch {
                throw error.error(.destination)
            }
        }
        try await destination!.deliver(records, to: id)
    }
}
#else
/// Stands where this build knows no NATS; says so.
struct NATSTailSource: EventSource {
    let progress = SourceProgress()

    init(
        _ text: String, _ options: NATSOptions, descriptor: StreamDescriptor, limits: ScanLimits
    ) throws(ForetailError) {
        throw ForetailError(.source, MissingTrait.nats(text))
    }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState { .end }

    mutating func acknowledge() async throws(ForetailError) {}
}

/// Stands where this build knows no NATS; says so.
struct NATSTailDestination: Destination {
    init(_ text: String, _ options: NATSOptions) throws(ForetailError) {
        throw ForetailError(.destination, MissingTrait.nats("--to \(text)"))
    }

    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {}
}
#endif
