/// What waits for a store, and what keeps it from being asked: its share, its rate, its failures. Plain state; ``ReferenceClient``
/// holds the lock and does the work.
struct ReferenceQueue {
    /// Who asked, and for what.
    struct Identity: Hashable {
        var source: Int
        var statement: Int32
        private var row: RowKey

        init(source: Int, statement: Int32, key: String) {
            self.source = source
            self.statement = statement
            row = RowKey(key)
        }

        var key: String { row.text }
    }

    /// A key that is to be read.
    struct Item {
        var identity: Identity
        var query: ReferenceQuery
        var receiver: ReferenceReceiver
    }

    /// Keys that are read together.
    struct Batch {
        var number: Int
        var items: [Item]
        var isPrefetch: Bool
        var startedAt: Int64
    }

    /// What is to be done next.
    enum Step {
        case read(Batch)
        case refuse([Item])
    }

    private let limits: ReferenceLimits
    private var demand = QueryLines()
    private var prefetches = QueryLines()
    /// What was asked and is not answered: whether it still waits as a prefetch.
    private var asked: [Identity: Bool] = [:]
    private var underWay: [Int: Batch] = [:]
    private var prefetchesUnderWay = 0
    /// Fetches that were given up and have not returned: what they hold is not free.
    private var abandoned: Set<Int> = []
    private var nextNumber = 0
    private var tokens: Double
    private var refilledAt: Int64
    private var failuresInRow = 0
    /// When the last failure was.
    private var failedAt = Int64.min
    private var openUntil: Int64?
    private var pauseLength: Int64
    private var probe: Int?
    private var counted = ReferenceFigures()
    /// Whether somebody will look again by himself.
    var isPausing = false

    init(limits: ReferenceLimits, now: Int64) {
        self.limits = limits
        tokens = limits.keysPerSecond ?? 0
        refilledAt = now
        pauseLength = limits.shortestPause
    }

    func figures(now: Int64) -> ReferenceFigures {
        var figures = counted
        figures.waiting = demand.count + prefetches.count
        figures.underWay = underWay.count + abandoned.count
        figures.isOpen = openUntil != nil
        return figures
    }

    // MARK: Asking

    /// Adds a key.
    ///
    /// - Returns: Why it is refused; nil where it is not.
    mutating func add(_ item: Item, isPrefetch: Bool, now: Int64) -> String? {
        if let waitsAsPrefetch = asked[item.identity] {
            if waitsAsPrefetch, !isPrefetch {
                prefetches.remove(item.identity, of: item.query)
                asked[item.identity] = false
                demand.append(item)
            }
            return nil
        }
        if let openUntil, now < openUntil || probe != nil {
            counted.refused += 1
            return "it failed \(failuresInRow) times in a row, and is left alone for a while"
        }
        let (count, limit, name) =
            isPrefetch
            ? (prefetches.count, limits.waitingPrefetches, "waitingPrefetches")
            : (demand.count, limits.waitingKeys, "waitingKeys")
        guard count < limit else {
            counted.refused += 1
            return "\(count) keys wait for it already (limit \(name))"
        }
        asked[item.identity] = isPrefetch
        if isPrefetch { prefetches.append(item) } else { demand.append(item) }
        return nil
    }

    /// What to do next; nil where there is nothing, or no room for it.
    mutating func next(now: Int64) -> Step? {
        refill(now)
        if let openUntil {
            guard !demand.isEmpty || !prefetches.isEmpty else { return nil }
            guard now >= openUntil, probe == nil, let first = demand.take(atMost: 1) ?? prefetches.take(atMost: 1)
            else {
                let waiting = demand.takeAll() + prefetches.takeAll()
                counted.refused += waiting.count
                for item in waiting { asked[item.identity] = nil }
                return .refuse(waiting)
            }
            let batch = begin(first, isPrefetch: false, now: now)
            probe = batch.number
            return .read(batch)
        }
        guard underWay.count + abandoned.count < limits.concurrency else { return nil }
        if let items = demand.take(atMost: min(limits.batchKeys, budget(reserve: 0))) {
            return .read(begin(items, isPrefetch: false, now: now))
        }
        guard demand.isEmpty, prefetchesUnderWay < max(1, limits.concurrency / 2),
            let items = prefetches.take(
                atMost: min(limits.batchKeys, budget(reserve: (limits.keysPerSecond ?? 0) / 2)))
        else { return nil }
        return .read(begin(items, isPrefetch: true, now: now))
    }

    /// How long to wait before there is something to do again, in microseconds; nil: until somebody asks or a fetch ends. The one
    /// who gets it looks again by then.
    mutating func pause(now: Int64) -> Int64? {
        guard !isPausing, !(demand.isEmpty && prefetches.isEmpty), openUntil == nil,
            let rate = limits.keysPerSecond, underWay.count + abandoned.count < limits.concurrency
        else { return nil }
        isPausing = true
        return Int64(max(1_000, min(1_000_000, 1_000_000 / rate)))
    }

    private mutating func begin(_ items: [Item], isPrefetch: Bool, now: Int64) -> Batch {
        nextNumber += 1
        let batch = Batch(number: nextNumber, items: items, isPrefetch: isPrefetch, startedAt: now)
        underWay[nextNumber] = batch
        if isPrefetch { prefetchesUnderWay += 1 }
        for item in items { asked[item.identity] = false }
        if limits.keysPerSecond != nil { tokens -= Double(items.count) }
        counted.fetches += 1
        counted.keys += items.count
        return batch
    }

    // MARK: Rate

    private mutating func refill(_ now: Int64) {
        guard let rate = limits.keysPerSecond else { return }
        tokens = min(rate, tokens + rate * Double(now - refilledAt) / 1_000_000)
        refilledAt = now
    }

    private func budget(reserve: Double) -> Int {
        limits.keysPerSecond == nil ? .max : Int(max(0, (tokens - reserve).rounded(.down)))
    }

    // MARK: Answering

    /// Whether a batch has not been answered.
    func isUnderWay(_ number: Int) -> Bool { underWay[number] != nil }

    /// Ends a batch.
    ///
    /// - Returns: Whether it is the first end, which answers; a batch that was given up ends once more when it returns.
    mutating func end(
        _ number: Int, failure: ReferenceFailure?, microseconds: Int64, isGivenUp: Bool, now: Int64
    ) -> Bool {
        guard let batch = underWay.removeValue(forKey: number) else {
            abandoned.remove(number)
            return false
        }
        if isGivenUp {
            abandoned.insert(number)
            counted.timeouts += 1
        }
        if batch.isPrefetch { prefetchesUnderWay -= 1 }
        for item in batch.items { asked[item.identity] = nil }
        let isProbe = probe == number
        if isProbe { probe = nil }
        if let failure {
            counted.failures += 1
            counted.lastFailure = failure.message
            // What a query or a key is to blame for says nothing of the store: it answered.
            switch failure.kind {
            case .connection:
                // What was under way together breaks off together: that is one failure.
                if isProbe || batch.startedAt >= failedAt { fail(isProbe: isProbe, now: now) }
            case .timeout: fail(isProbe: isProbe, now: now)
            case .query, .answer, .refused: close()
            }
        } else {
            let rate = counted.meanMicroseconds == 0 ? 1 : 0.1
            counted.meanMicroseconds += rate * (Double(microseconds) - counted.meanMicroseconds)
            close()
        }
        return true
    }

    /// Ends the time that the store is left alone: it gave a sign of life.
    mutating func endPause(now: Int64) { if let until = openUntil { openUntil = min(until, now) } }

    private mutating func close() {
        failuresInRow = 0
        openUntil = nil
        pauseLength = limits.shortestPause
    }

    private mutating func fail(isProbe: Bool, now: Int64) {
        failuresInRow += 1
        failedAt = now
        guard isProbe || (openUntil == nil && failuresInRow >= limits.failures) else { return }
        if isProbe { pauseLength = min(limits.longestPause, pauseLength * 2) }
        openUntil = now + pauseLength
        counted.opened += 1
    }
}
