#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// Finds the matches that watches under way were not told of, because the server ended: those behind what was watched.
///
/// Cost: reading the log from where the stream was watched last, five seconds before the end of the server at most. Waits for the
/// disk.
struct WatchRecovery: Sendable {
    let host: StreamHost
    let requests: [RegisteredRequest]
    let watched: Position?
    let configuration: ManagerConfiguration

    /// Gives the watches their first match since.
    ///
    /// - Throws: ``Problem`` where the log cannot be read, or a filter does not compile any more.
    func run(_ open: [OpenWatch]) throws(Problem) -> [OpenWatch] {
        var open = open
        for place in open.indices {
            let began = open[place].position ?? .none
            let versions = requests.first { $0.id == open[place].request }?.versions ?? []
            // At a filter's change the watch had ended, and that was not kept.
            open[place].isOutdated = versions.dropFirst().contains { $0.after >= began }
        }
        var search = try Search(open, in: self)
        do throws(LogFailure) {
            let log = try host.log()
            var position = max(watched ?? .none, open.compactMap(\.position).min() ?? .none)
            var batch = EventBatch(stream: host.name)
            var times: [Timestamp] = []
            while true {
                batch.removeAll()
                times.removeAll(keepingCapacity: true)
                let reading = try log.read(
                    after: position == .none ? nil : position, limit: Replay.stepEvents, bytes: Replay.stepBytes,
                    into: &batch, ingestTimes: &times)
                search.look(at: batch, times: times)
                position = reading.next ?? position
                if !reading.mayHaveMore { break }
            }
        } catch {
            throw Problem(error, host)
        }
        return search.open
    }

    private struct Search: ~Copyable {
        var open: [OpenWatch]
        private var manager: PredictiveBufferManager
        private var actions = Actions()

        init(_ open: [OpenWatch], in recovery: WatchRecovery) throws(Problem) {
            self.open = open
            manager = PredictiveBufferManager(configuration: recovery.configuration)
            do throws(ForetailError) {
                try manager.describeStream(recovery.host.definition.descriptor(name: recovery.host.name))
                for request in recovery.requests where open.contains(where: { $0.request == request.id }) {
                    _ = try manager.registerTailRequest(
                        streamName: recovery.host.name, filter: request.definition.filter,
                        destination: request.destination, prediction: nil, id: request.id)
                }
            } catch {
                throw Problem(error)
            }
        }

        mutating func look(at batch: EventBatch, times: [Timestamp]) {
            var start = 0
            while start < batch.count {
                var end = start + 1
                while end < batch.count, times[end] == times[start] { end += 1 }
                manager.process(.events(batch.part(start..<end)), now: times[start], into: &actions)
                for case .forward(let forward) in actions.items { note(forward) }
                actions.removeAll()
                start = end
            }
        }

        private mutating func note(_ forward: Actions.Forward) {
            let event = actions.events[forward.event]
            let key = event.key.map { actions.bytes[$0] } ?? []
            for place in open.indices
            where open[place].match == nil && open[place].request == forward.request
                && (open[place].isWhole || open[place].key.elementsEqual(key))
                && event.position > open[place].position ?? .none
            {
                open[place].match = OpenWatch.Match(time: event.time, position: event.position)
            }
        }
    }
}
#endif
