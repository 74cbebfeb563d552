import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whether a source or destination of `foretail tail` is an address of NATS.
enum NATSTail {
    static func isAddress(_ text: String) -> Bool {
        text.lowercased().hasPrefix("nats://") || text.lowercased().hasPrefix("nats+tls://")
    }
}

#if NATS
import ForetailNATS

extension NATSTail {
    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func open(_ address: NATSAddress) async throws(NATSFailure) -> JetStream {
        JetStream(try await NATSConnection.open(address.settings(variable)))
    }
}

/// The events of a JetStream stream; connects with the first read.
struct NATSTailSource: EventSource {
    let progress = SourceProgress()
    private let address: NATSAddress
    private let stream: StreamDescriptor
    private let limits: ScanLimits
    private var source: JetStreamSource?

    init(_ text: String, descriptor: StreamDescriptor, limits: ScanLimits) throws(ForetailError) {
        do throws(NATSFailure) { address = try NATSAddress(text) } catch { throw error.error(.source) }
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
                    try await NATSTail.open(address), settings, descriptor: stream, limits: limits)
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
    private var destination: JetStreamDestination?

    init(_ text: String) throws(ForetailError) {
        do throws(NATSFailure) { address = try NATSAddress(text) } catch { throw error.error(.destination) }
    }

    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {
        if destination == nil {
            do throws(NATSFailure) {
                destination = JetStreamDestination(try await NATSTail.open(address), subject: address.name)
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

    init(_ text: String, descriptor: StreamDescriptor, limits: ScanLimits) throws(ForetailError) {
        throw ForetailError(.source, "\(text): this build knows no NATS; the package trait 'NATS' adds it")
    }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState { .end }

    mutating func acknowledge() async throws(ForetailError) {}
}

/// Stands where this build knows no NATS; says so.
struct NATSTailDestination: Destination {
    init(_ text: String) throws(ForetailError) {
        throw ForetailError(.destination, "--to \(text): this build knows no NATS; the package trait 'NATS' adds it")
    }

    mutating func deliver(_ records: borrowing [UInt8], to id: DestinationID) async throws(ForetailError) {}
}
#endif
