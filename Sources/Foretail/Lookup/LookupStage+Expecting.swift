import FieldExtraction
import FilterLanguage

/// Expecting: from predictions to fetches ahead.
extension LookupStage {
    /// Plans fetches of the rows that a predicted event will need: shortly before its window begins, and again while it is
    /// expected and they grow too old.
    ///
    /// A key follows from what the prediction says of the fields that its expression reads (the best value of each category, and
    /// the alternatives of one of them), from the stream's key, or else from the key that the last event needed, where that has
    /// been right lately.
    public mutating func expect(_ prediction: Prediction, names: StreamNames, now: LookupMoment) {
        guard let request = requests[prediction.request] else { return }
        let start = now.monotonic + (prediction.windowStart.microseconds - prediction.made.microseconds)
        let until = now.monotonic + (prediction.windowEnd.microseconds - prediction.made.microseconds)
        request.expect(key: prediction.key, time: prediction.time)
        let filled = request.fill(from: prediction, names: names)
        for place in request.lookups.indices where request.lookups[place].settings.prefetches {
            let statement = request.lookups[place].statement
            let guesses = guesses(request, place, filled, key: prediction.key)
            let bounds = request.lookups[place].guesses.note(guesses, for: prediction.key)
            let fetches = fetchesNeeded(from: start, until: until, statement: statement, now: now)
            for (guess, bound) in zip(guesses, bounds)
            where bound * prediction.matchProbability / Double(fetches) >= limits.prefetchPrecision {
                plan(
                    FetchPlan(
                        time: max(now.monotonic, start - lead(of: statement)), until: until,
                        key: StagedRows.Key(statement: statement, key: guess.key), refreshes: 0))
            }
        }
    }

    /// The keys that an expected event may need, of one lookup.
    private func guesses(
        _ request: LookupRequest, _ place: Int, _ filled: LookupRequest.Filled, key: [UInt8]
    ) -> [KeyGuesses.Guess] {
        let fields = request.lookups[place].expression.fields
        if let varied = filled.varied, fields.contains(varied.path) {
            defer { if let best = varied.choices.first { request.put(best.text, into: varied.slot) } }
            return varied.choices.compactMap { choice in
                request.put(choice.text, into: varied.slot)
                return request.key(place).map { .init(key: $0, probability: choice.probability, origin: .category) }
            }
        }
        if let guess = request.key(place) {
            let isPredicted = fields.contains { filled.numbers.contains($0) }
            return [.init(key: guess, probability: 1, origin: isPredicted ? .number : .known)]
        }
        return request.lookups[place].memory[key].map { [.init(key: $0, probability: 1, origin: .memory)] } ?? []
    }

    /// How often rows have to be read so that they are fresh from the beginning of a window to its end.
    private func fetchesNeeded(from start: Int64, until: Int64, statement: Int32, now: LookupMoment) -> Int {
        let kept = statements[statement]?.keptMicroseconds ?? 1
        let each = max(1, refreshTime(kept: kept, lead: lead(of: statement)))
        return 1 + Int(max(0, until - max(start, now.monotonic)) / each)
    }

    /// How long before it is needed a row is asked for: four mean fetches, and some for what the clock of the stream is off.
    func lead(of statement: Int32) -> Int64 {
        let mean = statements[statement]?.statistics.fetchMicroseconds ?? 0
        return max(Self.shortestLead, Int64(min(mean * 4, 60_000_000)))
    }

    private static var shortestLead: Int64 { 100_000 }

    /// Keeps a plan, if there is room for it.
    mutating func plan(_ plan: FetchPlan) {
        guard plan.until > plan.time else { return }
        if !plans.insert(plan, limit: limits.plannedFetches) { statements[plan.key.statement]?.statistics.refused += 1 }
    }

    /// Fetches what is due, unless it is there or on its way.
    mutating func carryOut(_ due: FetchPlan, now: LookupMoment) {
        guard due.until > now.monotonic, statements[due.key.statement] != nil else { return }
        if let flight = flights[due.key] {
            flights[due.key]!.expectedUntil = max(flight.expectedUntil ?? due.until, due.until)
            return
        }
        if let entry = staged.peek(due.key) {
            staged.expect(due.key, until: due.until)
            var later = due
            later.time = refreshTime(of: due.key, readAt: entry.readAt)
            if later.time > now.monotonic {
                plan(later)
                return
            }
        }
        guard due.refreshes <= limits.refreshes else { return }
        prefetch(due.key, until: due.until, refreshes: due.refreshes + 1, now: now)
    }

    /// When rows are to be read again for an event that is still expected: before they are too old.
    func refreshTime(of key: StagedRows.Key, readAt: Int64) -> Int64 {
        readAt + refreshTime(kept: statements[key.statement]?.keptMicroseconds ?? 0, lead: lead(of: key.statement))
    }

    private func refreshTime(kept: Int64, lead: Int64) -> Int64 { max(kept / 2, kept - lead) }
}

extension LookupRequest {
    /// What a prediction says of the fields that keys read.
    struct Filled {
        /// The first of them that is a category: it may have other values.
        var varied: Varied?
        /// Those that are numbers.
        var numbers: [FieldPath] = []
    }

    /// A categorical field of a prediction that a key rests on, with its values.
    struct Varied {
        var path: FieldPath
        var slot: Int
        var choices: [(text: [UInt8], probability: Double)]
    }

    /// Puts the predicted values of the fields that keys read into the row.
    func fill(from prediction: Prediction, names: StreamNames) -> Filled {
        var filled = Filled()
        for field in prediction.fields {
            let name = names.field(field.field)
            guard let slot = plan.paths.firstIndex(where: { $0.root == .event && $0.name == name }) else { continue }
            switch field.content {
            case .numeric(let numeric):
                row[slot] = .double(numeric.value.value)
                filled.numbers.append(plan.paths[slot])
            case .category(let category):
                var choices: [(text: [UInt8], probability: Double)] = []
                for choice in [category.best] + category.alternatives {
                    guard case .text(let text) = names.value(choice.symbol, field: field.field) else { continue }
                    choices.append((text, choice.probability))
                }
                guard let best = choices.first else { continue }
                put(best.text, into: slot)
                if filled.varied == nil { filled.varied = Varied(path: plan.paths[slot], slot: slot, choices: choices) }
            }
        }
        return filled
    }
}
