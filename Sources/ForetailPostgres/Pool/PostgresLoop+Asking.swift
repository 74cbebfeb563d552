#if Postgres
import CPostgres
import DequeModule
import Foretail

/// Asking: plans, whose turn it is, and what becomes of answers.
extension PostgresLoop {
    // MARK: Plans

    /// Adds what is to be asked, as soon as there is a plan.
    func add(_ ask: Ask) {
        guard !ask.fetch.isOver else { return }
        switch plans[ask.fetch.query] {
        case .ready(let plan):
            for part in ask.divided(plan, batchKeys: settings.batchKeys) { pending.append((part, plan)) }
        case .making(let waiting, let checks):
            plans[ask.fetch.query] = .making(waiting: waiting + [ask], checks: checks)
        case nil:
            makePlan(ask.fetch.query, waiting: [ask], checks: [])
        }
    }

    /// Checks a query, also one that was found right before.
    func check(_ query: ReferenceQuery, _ continuation: CheckedContinuation<Result<Void, ReferenceFailure>, Never>) {
        if case .making(let waiting, let checks) = plans[query] {
            plans[query] = .making(waiting: waiting, checks: checks + [continuation])
        } else {
            makePlan(query, waiting: [], checks: [continuation])
        }
    }

    private func makePlan(
        _ query: ReferenceQuery, waiting: [Ask], checks: [CheckedContinuation<Result<Void, ReferenceFailure>, Never>]
    ) {
        if plans.count >= Self.mostPlans {
            plans = plans.filter { if case .making = $0.value { true } else { false } }
        }
        lastPlan += 1
        plans[query] = .making(waiting: waiting, checks: checks)
        let maker = PlanMaker(text: text, settings: settings)
        let number = lastPlan
        let inbox = inbox
        Task(executorPreference: planner) {
            let result: Result<QueryPlan, ReferenceFailure>
            do throws(ReferenceFailure) {
                result = .success(try maker.plan(query, number: number))
            } catch {
                result = .failure(error)
            }
            inbox.put(.planned(query, result))
        }
    }

    func planned(_ query: ReferenceQuery, _ result: Result<QueryPlan, ReferenceFailure>) {
        guard case .making(let waiting, let checks) = plans[query] else { return }
        switch result {
        case .success(let plan):
            plans[query] = .ready(plan)
            reconnecting.isDemanded = true
            waiting.forEach(add)
            checks.forEach { $0.resume(returning: .success(())) }
        case .failure(let failure):
            plans[query] = nil
            waiting.forEach { $0.fail(failure) }
            checks.forEach { $0.resume(returning: .failure(failure)) }
        }
    }

    // MARK: Turns

    /// Gives pending asks to the connections that have least under way.
    func dispatch() {
        while !pending.isEmpty {
            let free = connections.filter { $0.keysInFlight < max(1, settings.keysInFlight) }
            guard let connection = free.min(by: { $0.keysInFlight < $1.keysInFlight }) else { return }
            var chunk: Deque<(ask: Ask, plan: QueryPlan)> = []
            var keys = 0
            while keys < Self.chunkKeys, let next = pending.popFirst() {
                guard !next.ask.fetch.isOver else { continue }
                chunk.append(next)
                keys += next.ask.indices.count
            }
            if !connection.send(&chunk) {
                pending.append(contentsOf: chunk)
                drop(connection, connection.link.lost())
            }
        }
    }

    // MARK: Answers

    func read(_ connection: PooledConnection) {
        let reading = connection.receive(answerBytes: settings.answerBytes) { ask, plan, outcome in
            guard !ask.fetch.isOver else { return }
            switch outcome {
            case .rows(let result): self.answer(ask, plan, result)
            case .skipped: self.addAlone(ask)
            case .error(let error): self.failed(ask, plan, error)
            }
        }
        switch reading {
        case .open:
            if connection.isWornOut { connections.removeAll { $0 === connection } }
        case .lost: drop(connection, connection.link.lost())
        case .tooLarge:
            drop(
                connection,
                text.failure(
                    .answer,
                    """
                    an answer of more than \(settings.answerBytes) bytes was broken off; select fewer columns, or lower \
                    the limit of rows
                    """), isHeadToBlame: true)
        }
    }

    private func answer(_ ask: Ask, _ plan: QueryPlan, _ result: OpaquePointer) {
        func answer(_ index: Int, _ rows: ReferenceRows?) {
            ask.fetch.answer(index, rows.map { .success($0) } ?? .failure(tooLargeRow))
        }
        guard case .keys(let form) = plan.parameter, ask.indices.count > 1 else {
            answer(ask.indices[0], reader.rows(result, limit: plan.rowLimit))
            return
        }
        guard PQntuples(result) <= plan.answerRows else {
            addAlone(ask)
            return
        }
        let (answers, hasStranger) = reader.rows(result, of: ask.keys, limit: plan.rowLimit)
        // A key without rows may be spelled otherwise in the rows that came.
        var again = ask
        again.indices = []
        for (place, rows) in answers.enumerated() {
            if rows?.count == 0, hasStranger || form == .other {
                again.indices.append(ask.indices[place])
            } else {
                answer(ask.indices[place], rows)
            }
        }
        if !again.indices.isEmpty { addAlone(again) }
    }

    private var tooLargeRow: ReferenceFailure {
        text.failure(.answer, "a row has more than \(settings.rowBytes) bytes; select fewer columns")
    }

    private func failed(_ ask: Ask, _ plan: QueryPlan, _ error: ServerError) {
        if ask.indices.count > 1, error.remedy == .split {
            addAlone(ask)
        } else if error.isOfParameter {
            // What is no value of the column's type has no row there.
            ask.fetch.answer(ask.indices[0], .success(.none))
        } else if error.remedy == .askAgain {
            addAgain(ask, error.failure(text))
        } else if error.remedy == .planAgain {
            if case .ready(let known) = plans[ask.fetch.query], known.number == plan.number {
                plans[ask.fetch.query] = nil
            }
            addAgain(ask, error.failure(text))
        } else {
            ask.fail(error.failure(text))
        }
    }

    private func addAlone(_ ask: Ask) {
        var alone = ask
        alone.isAlone = true
        add(alone)
    }

    /// Asks once more what was broken off, but not for ever: each connection of the pool may turn out to be dead.
    func addAgain(_ ask: Ask, _ failure: ReferenceFailure) {
        var again = ask
        again.breaks += 1
        if again.breaks > settings.connections + 2 { again.fail(failure) } else { add(again) }
    }
}
#endif
