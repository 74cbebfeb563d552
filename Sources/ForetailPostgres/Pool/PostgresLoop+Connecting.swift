#if Postgres
import DequeModule
import Foretail

/// Opening connections, one at a time, and giving them up.
extension PostgresLoop {
    /// Whether another connection would help.
    var wantsConnection: Bool {
        guard reconnecting.isDemanded, connections.count < max(1, settings.connections) else { return false }
        return connections.isEmpty || !pending.isEmpty || connections.allSatisfy { !$0.isIdle }
    }

    func connectAsNeeded() {
        guard wantsConnection, reconnecting.begin(now: Monotonic.now()) else { return }
        let (text, seconds, inbox) = (text, settings.connectSeconds, inbox)
        Task(executorPreference: connector) {
            let result: Result<PostgresLink, ReferenceFailure>
            do throws(ReferenceFailure) {
                let link = try PostgresLink.open(text, connectSeconds: seconds, isReadOnly: true)
                result = .success(link)
            } catch {
                result = .failure(error)
            }
            inbox.put(.connected(result))
        }
    }

    func connected(_ result: Result<PostgresLink, ReferenceFailure>) {
        switch result {
        case .success(let link):
            guard link.enterPipeline() else {
                connected(.failure(link.lost()))
                return
            }
            reconnecting.succeeded()
            connections.append(PooledConnection(link))
        case .failure(let failure):
            reconnecting.failed(failure, now: Monotonic.now())
            guard let failure = reconnecting.refusal(isConnected: !connections.isEmpty) else { return }
            while let (ask, _) = pending.popFirst() { ask.fail(failure) }
        }
    }

    /// Gives a connection up. What was under way on it is asked again on another, but for what is to blame.
    func drop(_ connection: PooledConnection, _ failure: ReferenceFailure, isHeadToBlame: Bool = false) {
        connections.removeAll { $0 === connection }
        for (place, ask) in connection.unanswered().enumerated() {
            if isHeadToBlame, place == 0 {
                if ask.indices.count == 1 {
                    ask.fail(failure)
                } else {
                    var alone = ask
                    alone.isAlone = true
                    add(alone)
                }
            } else if isHeadToBlame {
                add(ask)
            } else {
                addAgain(ask, failure)
            }
        }
    }
}
#endif
