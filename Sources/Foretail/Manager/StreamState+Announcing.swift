import FieldExtraction
import Forecasting

/// Announcing: from forecasts to the records of one request.
extension StreamState {
    /// One step's prediction for one request before it is decided whether to announce it.
    struct Candidate {
        var step: Int
        var stepIndex: Int
        var slot: Int
        var made: Timestamp
        var time: Timestamp
        var windowStart: Timestamp
        var windowEnd: Timestamp
        var expires: Timestamp
        var first: Assertion?
        var others: [Assertion] = []
        /// The tags of the asserted category's alternatives that are staged.
        var alternatives: [Double] = []
        var fields: [FieldPrediction] = []
        var rawScore = 0.0
        var matchProbability = 0.0
        /// The confidence before the correction for being picked.
        var estimate = 0.0
        /// What the map of the selection makes of it.
        var mapped = 0.0
        /// What its regression makes of that.
        var regressed = 0.0
        var confidence = 0.0
        var baseRate = 0.0

        var isTrivial: Bool { baseRate > 0.5 }

        var scores: PredictionScores {
            PredictionScores(
                raw: Float(rawScore), estimate: Float(estimate), mapped: Float(mapped), regressed: Float(regressed),
                baseRate: Float(baseRate))
        }
    }

    /// Makes a request's predictions for a series, announces those it asked to hear of, and keeps shadows of the rest.
    mutating func announce(
        _ request: RequestState, samplePlace: Int, series: Series, number: Int32, made: Timestamp, isHistory: Bool,
        core: inout ManagerCore, actions: inout Actions
    ) {
        let rule = request.rule
        let keepsShadows = isHistory || !request.announcesAll
        if keepsShadows, request.series[number].shadows == nil {
            let ring = ShadowRing(steps: request.askedSteps)
            core.models.book(ring.byteCount, to: account)
            request.series[number].shadows = ring
        }
        for place in request.askedSteps.indices {
            guard
                let candidate = candidate(
                    place, request: request, samplePlace: samplePlace, rule: rule, series: series, number: number,
                    made: made, limits: core.limits)
            else {
                if keepsShadows {
                    request.series[number].shadows?.keep(Shadow(), stepIndex: place, origin: series.ordinal)
                }
                continue
            }
            request.steps[place].noteConfidence(candidate.confidence)
            let isSelected = !isHistory && wants(candidate, request: request, rule: rule, series: number)
            let isAnnounced =
                isSelected && candidate.confidence >= rule.minConfidence
                && announce(
                    candidate, request: request, series: number, key: series.key, core: &core, actions: &actions)
            if isAnnounced {
                request.steps[place].announced += 1
            } else if rule.stages, !isHistory, candidate.matchProbability >= core.limits.stagedProbability {
                actions.items.append(
                    .expect(
                        candidate.prediction(id: PredictionID(0), request: request.id, series: number, key: series.key))
                )
            }
            if keepsShadows {
                request.series[number].shadows?.keep(
                    isAnnounced ? Shadow() : shadow(of: candidate, isSelected: isSelected), stepIndex: place,
                    origin: series.ordinal)
            }
        }
    }

    /// What a request says of one of its steps, by ``forecasts`` and ``sampleCounts``; nil while no time is known.
    func candidate(
        _ place: Int, request: RequestState, samplePlace: Int, rule: AnnouncementRule, series: Series, number: Int32,
        made: Timestamp, limits: Limits
    ) -> Candidate? {
        let step = request.stepIndices[place]
        let isJoint = request.filter != nil && step == 0
        guard let arrival = isJoint ? arrival(ofGroup: samplePlace, series: series) : forecasts.arrivals[step] else {
            return nil
        }
        let time = made.microseconds &+ arrival.expected
        let start = made.microseconds &+ max(0, arrival.low)
        let end = max(start, made.microseconds &+ arrival.high)
        // What no clock will show and no record can print is not predicted.
        guard end <= Timestamp.latest.microseconds else { return nil }
        let grace = max(arrival.expected / Int64(request.askedSteps[place]), 0)
        var candidate = Candidate(
            step: request.askedSteps[place], stepIndex: place, slot: series.ordinal + request.askedSteps[place],
            made: made,
            time: Timestamp(microseconds: min(max(time, start), end)), windowStart: Timestamp(microseconds: start),
            windowEnd: Timestamp(microseconds: end), expires: Timestamp(microseconds: end &+ grace))
        if let ttl = rule.timeToLiveMicroseconds {
            candidate.expires = Timestamp(microseconds: made.microseconds &+ ttl)
        }
        candidate.expires = min(candidate.expires, .latest)

        let valueProbability = assert(
            request, series: series, step: step, rule: rule, staged: limits.stagedProbability / arrival.probability,
            into: &candidate)
        var matchProbability = arrival.probability
        if request.filter != nil {
            matchProbability *= self.matchProbability(
                samplePlace: samplePlace, series: series, step: step, limits: limits)
        }
        var baseRate = series.past.gapShare(
            step: step, low: start - made.microseconds, high: end - made.microseconds)
        if request.filter != nil { baseRate *= request.matchShare(series: number) }
        if let first = candidate.first { baseRate *= series.past.agreementShare(first, candidate.others) }

        candidate.rawScore = matchProbability * valueProbability
        candidate.baseRate = Self.rounded(baseRate)
        candidate.matchProbability = Self.rounded(matchProbability)
        let calibrator = candidate.isTrivial ? request.trivialCalibrators[place] : request.calibrators[place]
        candidate.estimate = min(
            Self.shrunk(calibrator, rawScore: candidate.rawScore, baseRate: baseRate), candidate.matchProbability)
        candidate.mapped = request.selection.mapped(candidate.estimate)
        var corrected = candidate.estimate
        // Those that will not be picked have no use for the correction.
        if !candidate.isTrivial, candidate.estimate >= rule.minConfidence {
            candidate.regressed = request.selection.regressed(mapped: candidate.mapped, baseRate: candidate.baseRate)
            corrected = request.selection.calibrated(regressed: candidate.regressed)
        }
        candidate.confidence = Self.rounded(min(corrected, candidate.matchProbability))
        return candidate
    }

    /// The calibrated probability of a score, drawn towards the base rate while few predictions have been judged: without
    /// evidence of skill a prediction is as good as the past alone.
    private static func shrunk(_ calibrator: Calibrator, rawScore: Double, baseRate: Double) -> Double {
        let calibrated = calibrator.calibrated(rawScore)
        let evidence = calibrator.weight / (calibrator.weight + skepticism)
        return min(calibrated, evidence * calibrated + (1 - evidence) * baseRate)
    }

    /// The standard errors by which an estimate must exceed the threshold: enough for noise to be announced for less than 1 % of
    /// events at twelve steps, and a few hits in a hundred lost where there is something to say.
    private static var caution: Double { 0.7 }

    /// The judged predictions that weigh as much as the assumption of no skill.
    private static var skepticism: Double { 200 }

    /// Probabilities are printed with four decimals, and what is printed is what counts.
    private static func rounded(_ probability: Double) -> Double {
        // A comparison with NaN fails too.
        guard probability > 0 else { return 0 }
        return PrintedNumber(min(probability, 1), exponent: -4).value
    }

    // MARK: Fields

    /// Fills in what is expected of the fields and which of them decide the outcome.
    ///
    /// - Parameter staged: The probability from which alternatives of the first asserted field are staged.
    /// - Returns: The probability that all asserted fields agree.
    private func assert(
        _ request: RequestState, series: Series, step: Int, rule: AnnouncementRule,
        staged: Double, into candidate: inout Candidate
    ) -> Double {
        let printed = printedFields(of: request)
        // With a filter the match itself is asserted; without one the field with the most skill is, if any has skill.
        let skilled =
            request.filter == nil ? mostSkilled(of: printed, step: step, request: request, series: series) : nil
        var probability = 1.0
        for field in printed {
            let place = step * fields.count + field
            let isAsserted = field == skilled || request.asserted.contains(field)
            if let numeric = forecasts.numeric[place], numeric.value.isFinite {
                let tolerance = self.tolerance(of: field, request: request, forecast: numeric)
                let prediction = Self.print(numeric, tolerance: tolerance, isAsserted: isAsserted)
                candidate.fields.append(FieldPrediction(field: field, content: .numeric(prediction)))
                guard isAsserted, let printedTolerance = prediction.tolerance else { continue }
                let forecaster = step == 0 ? forecasts.speakers[field] : series.forecasters[field]
                probability *= forecaster?.probability(within: printedTolerance.value, stepIndex: step) ?? 0
                candidate.add(
                    Assertion(
                        field: Int32(field), isCategory: false, value: prediction.value.value,
                        tolerance: printedTolerance.value))
            } else if let category = forecasts.categories[place], let best = category.entries.first {
                candidate.fields.append(
                    FieldPrediction(
                        field: field,
                        content: .category(
                            Self.print(category, best: best, limit: rule.alternatives, isAsserted: isAsserted))))
                guard isAsserted else { continue }
                probability *= best.probability
                if candidate.first == nil {
                    candidate.alternatives = category.entries.dropFirst().prefix(rule.alternatives)
                        .filter { $0.probability >= staged }.map { fields[field].symbols.tag(of: $0.symbol) }
                }
                candidate.add(
                    Assertion(
                        field: Int32(field), isCategory: true, value: fields[field].symbols.tag(of: best.symbol),
                        tolerance: 0))
            }
        }
        return probability
    }

    /// The field that is told best, of those whose expected value is not what most of the key's past events have anyway: a prediction of
    /// that would be trivial, however well it is told. If all are, the field that is told best.
    private func mostSkilled(of printed: [Int], step: Int, request: RequestState, series: Series) -> Int? {
        var best: (telling: Int?, usual: Int?) = (nil, nil)
        var most = (telling: 0.0, usual: 0.0)
        for field in printed {
            let skill = skill(of: field, step: step)
            guard skill > most.telling || skill > most.usual else { continue }
            if skill > most.telling, !isUsual(field, step: step, request: request, series: series) {
                (best.telling, most.telling) = (field, skill)
            } else if skill > most.usual {
                (best.usual, most.usual) = (field, skill)
            }
        }
        return best.telling ?? best.usual
    }

    private func skill(of field: Int, step: Int) -> Double {
        let place = step * fields.count + field
        if let numeric = forecasts.numeric[place] { return numeric.skill }
        return forecasts.categories[place] == nil ? 0 : fields[field].skill(stepIndex: step)
    }

    /// Whether most past events of a key have what is expected of a field.
    private func isUsual(_ field: Int, step: Int, request: RequestState, series: Series) -> Bool {
        let place = step * fields.count + field
        var assertion = Assertion(field: Int32(field), isCategory: false, value: 0, tolerance: 0)
        if let numeric = forecasts.numeric[place] {
            assertion.value = numeric.value
            assertion.tolerance = tolerance(of: field, request: request, forecast: numeric)
        } else if let best = forecasts.categories[place]?.entries.first {
            assertion.isCategory = true
            assertion.value = fields[field].symbols.tag(of: best.symbol)
        }
        return series.past.agreementShare(assertion, []) > 0.5
    }

    private func tolerance(of field: Int, request: RequestState, forecast: NumericForecast) -> Double {
        if field < request.tolerances.count, let stated = request.tolerances[field] {
            switch stated {
            case .absolute(let units): return units
            case .percent(let percent): return abs(forecast.value) * percent / 100
            }
        }
        return forecast.naiveError / 2
    }

    private static func print(
        _ forecast: NumericForecast, tolerance: Double, isAsserted: Bool
    ) -> FieldPrediction.Numeric {
        // Near the largest double an interval may leave the numbers; it is cut there.
        let limit = Double.greatestFiniteMagnitude
        let low = max(-limit, min(limit, forecast.low))
        let high = max(-limit, min(limit, forecast.high))
        let width = forecast.high - forecast.low
        // What is known more exactly than it has to be is printed so.
        let scale = tolerance > 0 && !(width > 0 && width < tolerance) ? tolerance : width / 20
        let exponent = PrintedNumber.exponent(forTolerance: scale) ?? Int(Int8.min)
        return FieldPrediction.Numeric(
            value: PrintedNumber(forecast.value, exponent: exponent),
            low: PrintedNumber(low, exponent: exponent),
            high: PrintedNumber(high, exponent: exponent),
            tolerance: isAsserted ? PrintedNumber(tolerance, exponent: exponent) : nil)
    }

    private static func print(
        _ forecast: CategoryForecast, best: CategoryForecast.Entry, limit: Int, isAsserted: Bool
    ) -> FieldPrediction.Category {
        var alternatives: [FieldPrediction.Category.Choice] = []
        var listed = best.probability
        for choice in forecast.entries.dropFirst().prefix(limit) {
            alternatives.append(.init(symbol: choice.symbol, probability: choice.probability))
            listed += choice.probability
        }
        return FieldPrediction.Category(
            best: .init(symbol: best.symbol, probability: best.probability), alternatives: alternatives,
            rest: max(0, 1 - listed), isAsserted: isAsserted)
    }

    // MARK: Deciding

    private func wants(
        _ candidate: Candidate, request: RequestState, rule: AnnouncementRule, series: Int32
    ) -> Bool {
        guard candidate.estimate >= rule.minConfidence, isSure(candidate, request: request, rule: rule) else {
            return false
        }
        // A key behind its stream's clock: what is over already cannot be announced.
        if let watermark, candidate.windowEnd < watermark || candidate.expires < watermark { return false }
        if candidate.isTrivial, !rule.trivial, rule.minConfidence > 0 { return false }
        guard !rule.announcesEvery, let old = request.buffer.latest(series: series, ordinal: candidate.slot)
        else { return true }
        if candidate.time < old.windowStart || candidate.time > old.windowEnd { return true }
        guard let first = candidate.first, let before = old.assertion, before.field == first.field,
            before.isCategory == first.isCategory
        else { return candidate.first != nil || old.assertion != nil }
        return first.isCategory
            ? first.value != before.value : (first.value - before.value).magnitude > before.tolerance
    }

    /// Whether the estimate would reach the threshold were it somewhat too high. Of thousands of candidates on noise some reach
    /// it by the luck of few cases; these do not.
    private func isSure(_ candidate: Candidate, request: RequestState, rule: AnnouncementRule) -> Bool {
        guard rule.minConfidence > 0 else { return true }
        let place = candidate.stepIndex
        let calibrator = candidate.isTrivial ? request.trivialCalibrators[place] : request.calibrators[place]
        let error = calibrator.standardError(candidate.rawScore)
        return candidate.estimate - Self.caution * error >= rule.minConfidence
    }

    private mutating func announce(
        _ candidate: Candidate, request: RequestState, series: Int32, key: [UInt8], core: inout ManagerCore,
        actions: inout Actions
    ) -> Bool {
        let prediction = candidate.prediction(
            id: core.makePredictionID(), request: request.id, series: series, key: key)
        let cost = request.buffer.cost(of: prediction)
        guard core.makeRoom(for: cost, request: request, series: series, actions: &actions) else {
            request.refusals += 1
            return false
        }
        request.buffer.insert(prediction)
        deadlines.note(request)
        core.budget.book(cost, to: request.account)
        request.peakBytes = max(request.peakBytes, request.buffer.bytes)
        actions.items.append(.announce(prediction, to: request.destination))
        return true
    }

    private func shadow(of candidate: Candidate, isSelected: Bool) -> Shadow {
        Shadow(
            windowStart: candidate.windowStart.microseconds, windowEnd: candidate.windowEnd.microseconds,
            scores: candidate.scores, isSelected: isSelected,
            isTrivial: candidate.isTrivial, first: candidate.first, others: candidate.others)
    }
}

extension StreamState.Candidate {
    /// The record that it becomes.
    fileprivate func prediction(
        id: PredictionID, request: TailRequestID, series: Int32, key: [UInt8]
    ) -> Prediction {
        Prediction(
            id: id, request: request, series: series, key: key, slot: slot, step: step, made: made, time: time,
            windowStart: windowStart, windowEnd: windowEnd, fields: fields, matchProbability: matchProbability,
            confidence: confidence, baseRate: baseRate, expires: expires, scores: scores, stepIndex: stepIndex,
            assertion: first, furtherAssertions: others, alternatives: alternatives)
    }

    fileprivate mutating func add(_ assertion: Assertion) {
        if first == nil { first = assertion } else { others.append(assertion) }
    }
}
