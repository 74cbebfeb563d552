#if Kafka
import FieldExtraction
import Foretail
import Synchronization
import Testing

@testable import ForetailKafka

/// One reader of a group, which notes what it was given.
final class Member: Sendable {
    struct Seen: Sendable {
        var events: [(position: Position, text: String)] = []
        var gaps: [Actions.Gap] = []
        var changes: [KafkaChange] = []
        var notices: [KafkaNotice] = []
        var failure: ForetailError?
        var hasEnded = false
        var isHeld = false
        var acknowledges = true
        var releases = true
    }

    let state = Mutex(Seen())
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    var seen: Seen { state.withLock { $0 } }
    var positions: [Position] { seen.events.map(\.position) }
    var texts: [String] { seen.events.map(\.text) }
    var notices: [KafkaNotice.Reason] { seen.notices.map(\.reason) }
    private let sourceStatus = Mutex<(@Sendable () -> KafkaSourceStatus)?>(nil)
    private let partitionsNow = Mutex<KafkaPartitions?>(nil)
    private let closer = Mutex<(@Sendable () async -> Void)?>(nil)
    var status: KafkaSourceStatus { sourceStatus.withLock { $0 }?() ?? KafkaSourceStatus() }
    var owned: [UInt32] { partitionsNow.withLock { $0 }?.owned.map(\.number) ?? [] }

    init(
        _ settings: KafkaSourceSettings, stream: StreamDescriptor = StreamDescriptor(name: "s"),
        acknowledges: Bool = true, releases: Bool = true
    ) throws {
        state.withLock {
            $0.acknowledges = acknowledges
            $0.releases = releases
        }
        let source = try KafkaSource(settings, stream: stream) { [weak self] notice in
            self?.state.withLock { $0.notices.append(notice) }
        }
        sourceStatus.withLock { $0 = { source.status } }
        partitionsNow.withLock { $0 = source.partitions }
        closer.withLock { $0 = { await source.close() } }
        task.withLock { $0 = Task { [weak self] in await Self.run(source) { self } } }
    }

    private static func run(_ source: KafkaSource, _ member: () -> Member?) async {
        var source = source
        var batch = EventBatch(stream: "s")
        while !Task.isCancelled, let current = member() {
            if current.state.withLock({ $0.isHeld }) {
                try? await Task.sleep(for: .milliseconds(5))
                continue
            }
            batch.removeAll()
            do throws(ForetailError) {
                let state = try await source.read(into: &batch, waitingAtMost: 20_000)
                if state == .end {
                    current.state.withLock { $0.hasEnded = true }
                    return
                }
                current.state.withLock { seen in
                    seen.gaps += batch.gaps
                    for frame in batch.frames {
                        seen.events.append((frame.position, String(decoding: batch.bytes[frame.body], as: UTF8.self)))
                    }
                }
                if current.state.withLock({ $0.acknowledges }) { try await source.acknowledge() }
                let changes = source.partitions.takeChanges()
                current.state.withLock { $0.changes += changes }
                if current.state.withLock({ $0.releases }) { source.partitions.release() }
            } catch {
                current.state.withLock { $0.failure = error }
                return
            }
        }
    }

    /// Stops reading for a while, or goes on.
    func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

    func setAcknowledges(_ acknowledges: Bool) { state.withLock { $0.acknowledges = acknowledges } }
    func setReleases(_ releases: Bool) { state.withLock { $0.releases = releases } }

    /// Leaves the group.
    func close() async {
        await closer.withLock { $0 }?()
        await end()
    }

    /// Ends the reader alone.
    func end() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }
}

/// Waits until something is so.
func eventually(
    _ what: Comment, within seconds: Double = 300, _ condition: () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = Monotonic.now() + Int64(seconds * 1_000_000)
    while Monotonic.now() < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what, sourceLocation: sourceLocation)
    throw MockCluster.Failure("waited for too long")
}
#endif
