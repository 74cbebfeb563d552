#if Server
import FieldExtraction
import Foretail
import ForetailSQLite

/// Reads the stored events of a stream for lookups of its own past, beside the tail path.
///
/// Live events are noted from the moment a lookup is registered; what stood in the log before them is read here and put before
/// them, between two batches. Events that need it wait meanwhile, as long as their lookups allow.
struct HistoryFill: Sendable {
    let host: StreamHost
    let timeField: String?
    let limits: LookupLimits
    let configuration: ServerConfiguration
    let pool: BlockingPool
    /// Whether nobody needs it any more.
    let isCancelled: @Sendable () -> Bool

    /// One lookup's part.
    private struct Part: Sendable {
        var history: LookupStage<ShardState.JoinTag>.UnfilledHistory
        var end: StoredPast.End
    }

    /// Fills every lookup of the stream that lacks its past.
    ///
    /// - Returns: What went wrong: such lookups begin with what comes.
    func run() async -> [String] {
        let host = host
        let parts = try? await host.perform { (state) throws(Problem) -> [Part] in
            // The head is behind everything stored that has not come by.
            state.stage.unfilledHistories(of: host.name).map { history in
                Part(history: history, end: history.firstNoted.map { .before($0) } ?? .through(host.head ?? .none))
            }
        }
        var problems: [String] = []
        for part in parts ?? [] {
            do throws(Problem) {
                let past = try await pool.run { () throws(Problem) in try read(part) }
                await fill(part, with: past.histories, isComplete: past.isComplete)
            } catch {
                problems.append(error.detail)
                await fill(part, with: nil, isComplete: false)
            }
        }
        return problems
    }

    private func read(_ part: Part) throws(Problem) -> (histories: KeyHistories, isComplete: Bool) {
        var histories = KeyHistories(limit: max(1, limits.historyBytes / max(1, configuration.shards)))
        var follower = HistoryFollower()
        let statement = part.history.statement
        histories.begin(statement, rows: part.history.lookup.query.rowLimit, isFilled: true)
        do throws(ForetailError) {
            try follower.begin(statement, part.history.lookup, of: host.definition.descriptor(name: host.name))
        } catch {
            throw Problem(error)
        }
        let past = StoredPast(
            host: host, timeField: timeField, events: limits.historyEvents, configuration: configuration.manager)
        let isComplete = try past.read(to: part.end, isCancelled: isCancelled) { actions in
            for case .follow(let event) in actions.items { follower.note(event, of: actions, in: &histories) }
        }
        return (histories, isComplete)
    }

    private func fill(_ part: Part, with past: KeyHistories?, isComplete: Bool) async {
        let statement = part.history.statement
        _ = try? await host.perform { (state) throws(Problem) in
            state.fillHistory(statement, with: past, isComplete: isComplete)
        }
    }
}
#endif
