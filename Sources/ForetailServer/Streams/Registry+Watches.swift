#if Server
import Foretail
import ForetailSQLite
import Logging

/// Watches over the end of a server: what was told to have begun ends, under the same id, once.
extension Registry {
    /// Goes on with the watches that were under way when the server ended, before anything new comes.
    func resumeWatches(_ stored: StoredWatches) async throws(Problem) {
        var byStream: [String: [OpenWatch]] = [:]
        for watch in stored.open {
            if let request = request(watch.request) { byStream[request.host.name, default: []].append(watch) }
        }
        for number in stored.untold.keys {
            if let request = request(TailRequestID(number)) { byStream[request.host.name, default: []] += [] }
        }
        let next = stored.lastEpisode + 1
        for shard in shards {
            try await shard.perform { (state) throws(Problem) in state.manager.beginWatchIDs(at: next) }
        }
        for (name, open) in byStream.sorted(by: { $0.key < $1.key }) {
            guard let host = host(name) else { continue }
            let known = await recover(open, of: host, watched: stored.watched[name])
            try await host.perform { (state) throws(Problem) in state.resumeWatches(known, of: host) }
            // What was kept and perhaps not told is told to all who come back from before the end.
            guard let head = host.head else { continue }
            for request in requests(of: name) {
                for number in stored.untold[request.id.number] ?? [] { journal.noteTold(number, after: head) }
            }
        }
    }

    private func recover(_ open: [OpenWatch], of host: StreamHost, watched: Position?) async -> [OpenWatch] {
        do throws(Problem) {
            try await self.open(host)
            let recovery = WatchRecovery(
                host: host, requests: requests(of: host.name), watched: watched, configuration: configuration.manager)
            return try await pool.run { () throws(Problem) in try recovery.run(open) }
        } catch {
            logger.error(
                "matches since the last end not looked for",
                metadata: ["stream": .string(host.name), "reason": .string(error.detail)])
            return open
        }
    }

    /// Keeps how far streams were watched, so that a start has little to read again.
    func noteWatched() async {
        for host in streams where host.predictingRequests > 0 {
            let name = host.name
            _ = try? await host.perform { (state) throws(Problem) in state.noteWatched(name) }
        }
        // Where it cannot be written, it waits: nobody waits for it here.
        if journal.problem == nil { await journal.flush() }
    }

    /// What is kept of a request's watches, for whoever reads it; nil: it watches nothing.
    nonisolated func watchReader(of request: RegisteredRequest) -> Subscription.WatchReader? {
        guard request.definition.prediction?.watch != nil, !request.isTemporary else { return nil }
        let number = request.id.number
        return { [self] (after, position) throws(Problem) in
            try await store { [catalogue] () throws(CatalogueFailure) in
                try catalogue.watchRecords(of: number, after: after, from: position)
            }
        }
    }
}
#endif
