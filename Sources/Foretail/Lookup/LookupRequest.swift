import DequeModule
import FieldExtraction
import FilterLanguage

/// A tail request whose events are joined: its lookups, and what waits of it.
final class LookupRequest {
    /// One of its lookups.
    struct Lookup {
        let settings: LookupSettings
        let expression: KeyExpression
        let bound: BoundKeyExpression
        /// The number of its statement.
        var statement: Int32 = -1
        /// The keys that events of the stream's keys needed last.
        var memory: LastKeys
        /// How good the keys are that are expected of its events.
        var guesses: KeyGuesses
    }

    let id: TailRequestID
    /// The stream's key fields.
    let keyPaths: [FieldPath]
    /// The lookups' names as JSON strings.
    let nameTexts: [[UInt8]]
    /// All fields that the lookups' keys read.
    let plan: FieldPlan
    var lookups: [Lookup]
    /// How long an event waits at most, in microseconds: for the lookup that waits longest. One for all events, so that none has to
    /// go before one that stands before it.
    let longestWait: Int64
    /// What waits, by key of the stream, oldest first: places in the stage.
    var queues: [[UInt8]: Deque<Int>] = [:]
    /// The last position up to which every event has left.
    private(set) var safe: Position?
    let row: FieldRow
    private(set) var streamKey: [UInt8] = []
    private var scanner: JSONScanner
    private var evaluator = KeyEvaluator()
    let streamName: String
    private let stream: [UInt8]
    private let text = MetaText()
    /// Positions that have not all left: the first has not.
    private var marks: Deque<(position: Position, hasLeft: Bool)> = []
    private var firstMark = 0

    init(
        _ id: TailRequestID, of stream: StreamDescriptor, lookups: [LookupSettings], limits: LookupLimits
    ) throws(ForetailError) {
        guard lookups.count <= limits.lookups else {
            throw ForetailError(
                .limit, "lookups: a tail request has at most \(limits.lookups) of them, not \(lookups.count)")
        }
        self.id = id
        streamName = stream.name
        self.stream = Array(stream.name.utf8)
        keyPaths = stream.key
        var plan = FieldPlan()
        var expressions: [KeyExpression] = []
        var names: Set<RowKey> = []
        for lookup in lookups {
            guard names.insert(RowKey(lookup.name)).inserted else {
                throw ForetailError(.badSetting, "lookup '\(lookup.name)': another has the same name; give it another")
            }
            let expression = try lookup.compiledKey()
            for field in expression.fields { plan.add(field) }
            expressions.append(expression)
        }
        self.plan = plan
        self.lookups = zip(lookups, expressions).map { settings, expression in
            Lookup(
                settings: settings, expression: expression, bound: expression.bound(to: plan),
                memory: LastKeys(limit: limits.rememberedKeys), guesses: KeyGuesses(limit: limits.rememberedKeys))
        }
        longestWait = lookups.map(\.maxWaitMicroseconds).max() ?? 0
        nameTexts = lookups.map { lookup in
            var quoted: [UInt8] = []
            JSONString.append(lookup.name, to: &quoted)
            return quoted
        }
        row = FieldRow(count: plan.count)
        scanner = JSONScanner(plan: plan)
    }

    // MARK: Keys

    /// Fills the row with the fields of an event, which must stay where it is until its keys are evaluated.
    func read(_ event: Actions.MatchedEvent, key: [UInt8], bytes: [UInt8]) {
        streamKey = key
        body.removeAll(keepingCapacity: true)
        body.append(contentsOf: bytes[event.body])
        let slot = text.keep(body, at: 0)
        _ = unsafe scanner.scan(slot.text, into: row.slots)
        fillMeta(key: key, time: event.time, position: event.position)
    }

    private var body: [UInt8] = []

    /// Fills the row with what is known of an event that is only expected.
    func expect(key: [UInt8], time: Timestamp) {
        streamKey = key
        row.clear()
        fillMeta(key: key, time: time, position: nil)
        if keyPaths.count == 1, let slot = plan.slot(of: keyPaths[0]) { row[slot] = text.keep(key, at: 4) }
    }

    /// Puts a text that is expected of a field into the row, at a place of its own.
    func put(_ value: [UInt8], into slot: Int) { row[slot] = text.keep(value, at: 5 + slot) }

    private func fillMeta(key: [UInt8], time: Timestamp, position: Position?) {
        for (slot, path) in plan.paths.enumerated() where path.root == .meta {
            switch path.keys.first {
            case "key": row[slot] = text.keep(key, at: 1)
            case "stream": row[slot] = text.keep(stream, at: 2)
            case "time": row[slot] = time.slot
            case "position": if let position { row[slot] = text.keep(Array(position.description.utf8), at: 3) }
            default: break
            }
        }
    }

    /// The key that a lookup needs for the event in the row.
    func key(_ place: Int) -> String? { unsafe evaluator.evaluate(lookups[place].bound, row: row.slots) }

    /// Notes the key that the event in the row needed.
    func remember(_ place: Int, key: String) {
        guard lookups[place].settings.prefetches else { return }
        lookups[place].guesses.settle(key, for: streamKey)
        lookups[place].memory.note(key, for: streamKey)
    }

    // MARK: Positions

    /// Notes that everything up to a position has left, as far as anybody cares.
    func begin(after position: Position?) { safe = position }

    /// Notes an event that leaves at once.
    func pass(_ position: Position) {
        if marks.isEmpty { safe = position } else { marks.append((position, true)) }
    }

    /// Notes an event that waits.
    ///
    /// - Returns: Its number, to release it by.
    func hold(_ position: Position) -> Int {
        marks.append((position, false))
        return firstMark + marks.count - 1
    }

    /// Notes that an event has left.
    func release(_ mark: Int) {
        marks[mark - firstMark].hasLeft = true
        while let first = marks.first, first.hasLeft {
            // A reading that began later may stand behind what waited before it.
            safe = max(safe ?? first.position, first.position)
            marks.removeFirst()
            firstMark += 1
        }
    }

    /// The first position that waits; nil: none does.
    var firstWaiting: Position? { marks.first?.position }
}
