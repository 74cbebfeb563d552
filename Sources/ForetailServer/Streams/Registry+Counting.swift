#if Server
import Foretail
import ForetailSQLite
import HTTPTypes
import Synchronization

/// Streams that are counted from others.
extension Registry {
    /// Streams that are counted from another, by name.
    nonisolated var countedStreams: [StreamHost] { streams.filter { $0.definition.count != nil } }

    /// Begins to count, for a stream that is counted from another.
    func startCounting(_ host: StreamHost) {
        guard let count = host.definition.count, countings[host.name] == nil, let source = self.host(count.from) else {
            return
        }
        let counting = StreamCounting(
            source: source, target: host, definition: count, configuration: configuration, pool: countPool,
            logger: logger)
        countingsByName.withLock { $0[host.name] = counting }
        countings[host.name] = Task { await counting.run() }
    }

    /// Ends counting, and waits until nothing more is handed over.
    func endCounting(_ name: String) async {
        countingsByName.withLock { $0[name] = nil }
        let counting = countings.removeValue(forKey: name)
        counting?.cancel()
        await counting?.value
    }

    /// How counting goes; nil for a stream that is not counted from another.
    nonisolated func countingStatus(of name: String) -> CountingStatus? {
        countingsByName.withLock { $0[name] }?.status
    }

    /// Refuses a count that cannot be, before anything is made.
    func check(_ count: CountDefinition, of name: String) throws(Problem) {
        guard count.from != name else {
            throw .invalid("count.from", "stream '\(name)' cannot be counted from itself; name another stream")
        }
        guard let source = host(count.from) else {
            var problem = Problem.unknownStream(count.from)
            problem.field = "count.from"
            throw problem
        }
        guard !source.isRemoved else { throw .removed(source.name) }
        let limit = configuration.limits.countStreams
        let used = countedStreams.count + beginning.values.reduce(0, +)
        guard used < limit else {
            throw .limitReached(
                "limits.countStreams", limit, used: used, what: "streams counted from others",
                remedy: "delete some, or raise the limit")
        }
        _ = try count.counter(of: source, limits: configuration.manager.limits)
    }

    /// Refuses to remove a stream that others are counted from.
    func checkUncounted(_ name: String) throws(Problem) {
        let counted = countedStreams.filter { $0.definition.count?.from == name }.map { "'\($0.name)'" }
        guard counted.isEmpty, beginning[name, default: 0] == 0 else {
            throw Problem(
                .conflict, "stream-counted",
                "stream '\(name)' is counted: " + (counted.isEmpty ? "a stream" : counted.joined(separator: ", "))
                    + " is made from it", field: "name", remedy: "delete what is counted from it first")
        }
    }
}
#endif
