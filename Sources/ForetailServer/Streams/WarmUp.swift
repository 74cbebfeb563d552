#if Server
import FieldExtraction
import Forecasting
import Foretail
import ForetailSQLite

/// Lets a stream's models learn what is in the log, beside the tail path.
///
/// A manager of its own reads the last snapshot and the events behind it, as history. When it has caught up, what it has
/// learned is handed to the shard between two batches, and the few events in between are learned there. Matching and
/// forwarding go on all the time; predictions made meanwhile from too little are withdrawn (`restart`).
struct WarmUp: Sendable {
    let host: StreamHost
    let requests: [RegisteredRequest]
    let snapshot: [UInt8]?
    let configuration: ServerConfiguration
    let pool: BlockingPool
    /// Whether nobody needs it any more: the server ends, or the stream.
    let isCancelled: @Sendable () -> Bool

    /// Events learned at a time.
    private static let stepEvents = 2_048

    /// Learns; the stream shows how far it is.
    ///
    /// - Returns: What went wrong with the snapshot, if something did: learning began without it.
    func run() async -> String? {
        host.warmUp = WarmUpProgress(phase: .learning)
        let learned: Learned
        do throws(Problem) {
            learned = try await pool.run { () throws(Problem) in try learn() }
        } catch {
            host.warmUp = WarmUpProgress(phase: .failed, problem: error.detail)
            return nil
        }
        let name = host.name
        let host = host
        do throws(Problem) {
            try await host.perform { (state) throws(Problem) in
                guard !host.isRemoved else { throw .removed(name) }
                do throws(ForetailError) {
                    try state.manager.restore(learned.bytes, stream: name, into: &state.actions)
                } catch {
                    throw Problem(error)
                }
                state.publish()
                Self.learnRest(of: host, after: learned.position, &state)
            }
            host.warmUp.phase = .ready
        } catch {
            host.warmUp = WarmUpProgress(phase: .failed, problem: error.detail)
        }
        return learned.problem
    }

    private struct Learned: Sendable {
        var bytes: [UInt8]
        var position: Position?
        var problem: String?
    }

    private func learn() throws(Problem) -> Learned {
        var problem: String?
        var manager = try fresh()
        var actions = Actions()
        if let snapshot {
            do throws(ForetailError) {
                try manager.restore(snapshot, stream: host.name, into: &actions)
            } catch {
                problem = error.message
                manager = try fresh()
            }
        }
        do throws(LogFailure) {
            let log = try host.log()
            var position = manager.lastPosition(stream: host.name)
            if let start = log.position(beforeLast: configuration.warmUpEvents), start > position ?? .none {
                position = start
            }
            host.warmUp.total = log.count(after: position)
            var batch = EventBatch(stream: host.name)
            var times: [Timestamp] = []
            while true {
                if isCancelled() { throw LogFailure(kind: .closed, message: "learning was broken off") }
                batch.removeAll()
                times.removeAll(keepingCapacity: true)
                let reading = try log.read(
                    after: position, limit: Self.stepEvents, bytes: Replay.stepBytes, into: &batch, ingestTimes: &times)
                if !batch.frames.isEmpty {
                    manager.process(.history(batch), now: times.last ?? ServerClock().now(), into: &actions)
                    Self.train(&manager, &actions)
                    host.warmUp.done += batch.count
                }
                position = reading.next ?? position
                if !reading.mayHaveMore { break }
            }
        } catch {
            throw Problem(error, host)
        }
        do throws(ForetailError) {
            let bytes = try manager.snapshot(stream: host.name)
            return Learned(bytes: bytes, position: manager.lastPosition(stream: host.name), problem: problem)
        } catch {
            throw Problem(error)
        }
    }

    private func fresh() throws(Problem) -> PredictiveBufferManager {
        var manager = PredictiveBufferManager(configuration: configuration.shardManager)
        do throws(ForetailError) {
            try manager.describeStream(host.definition.descriptor(name: host.name))
            for request in requests {
                _ = try manager.registerTailRequest(
                    streamName: host.name, filter: request.definition.filter, destination: request.destination,
                    prediction: request.definition.prediction, id: request.id)
            }
        } catch {
            throw Problem(error)
        }
        return manager
    }

    private static func train(_ manager: inout PredictiveBufferManager, _ actions: inout Actions) {
        while !actions.items.isEmpty {
            let trainings = actions.trainings
            actions.removeAll()
            manager.run(trainings, into: &actions)
        }
    }

    /// Learns, on the shard, what came while the rest was learned; the newest may still be on their way to the disk.
    private static func learnRest(of host: StreamHost, after start: Position?, _ state: inout ShardState) {
        guard let head = host.head, head > start ?? .none, let log = try? host.log() else { return }
        let deadline = ServerClock().monotonic + 200_000
        var position = start
        var batch = EventBatch(stream: host.name)
        var times: [Timestamp] = []
        while position ?? .none < head, ServerClock().monotonic < deadline {
            batch.removeAll()
            times.removeAll(keepingCapacity: true)
            guard
                let reading = try? log.read(
                    after: position, limit: stepEvents, bytes: Replay.stepBytes, into: &batch, ingestTimes: &times)
            else { return }
            // What lies behind the head waits for its turn on the shard, and is not the past.
            let known = batch.frames.firstIndex { $0.position > head } ?? batch.count
            if known > 0 { state.learn(batch.part(0..<known)) }
            if known < batch.count { return }
            position = reading.next ?? position
        }
    }
}
#endif
