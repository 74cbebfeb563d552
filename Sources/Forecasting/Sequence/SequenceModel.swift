/// Predicts which symbol a key has next, from what followed the same contexts before, on this key and on all others.
///
/// Twenty-one contexts (``SequenceContexts``) name the candidates; what each context says of a candidate is a learned probability of
/// the state the candidate is in there (``ProbabilityCells``); ten small mixers weigh the contexts (``SequenceMixer``); the ranks
/// are corrected by how often such ranks were right (``RankCalibration``). What no context names shares one class: symbols seen
/// before by their frequency, symbols never seen a share that is learned too.
///
/// What is announced is what is scored and learned from: a prediction's candidates and states are kept until the symbol comes
/// (``AnnouncementPool``), however much other keys do in between.
///
/// ```swift
/// let model = SequenceModel(memory: SequenceMemory(bytes: 1 << 20), salt: 1)
/// var history = SequenceHistory(identity: 1)
/// for (second, symbol) in ([1, 2, 1, 2, 1, 2, 1] as [Int32]).enumerated() {
///     model.learn(symbol, after: history)
///     history.append(symbol, at: Double(second))
///     _ = model.predict(&history)
/// }
/// model.predict(&history).entries[0].symbol   // 2
/// ```
///
/// Bits per event in one pass, announced right after the key's previous event: .345 on 40,000 HDFS log keys, .80 on Kafka's log
/// templates (`docs/benchmarks/sequences.md`); running frequencies need 3.06 and 4.70.
/// Size: 0.5 MB beside the stream's ``SequenceMemory``. Cost: some 10 µs an event, learning and predicting.
/// Source: PPM with learned states, D. Shkarin, DCC 2002; context mixing, Mahoney 2005; the recipe is ours.
public final class SequenceModel {
    /// The least probability of what is listed though no context names it.
    private static let worthListing = 0.001

    private let memory: SequenceMemory
    private let salt: UInt64
    private let cells = ProbabilityCells()
    private let block = StateBlock(floats: SequenceMixer.floats + 2 * StateBlock.rounded(Announcement.width))
    private var mixer: SequenceMixer
    private var ranks = RankCalibration()
    private var statistics = SymbolStatistics()
    /// The share of new symbols among those that no context named.
    private var novelty: Float = 0.5
    private let mixed: Cells
    private let corrected: Cells
    /// The announcement that was evaluated last, as long as nothing was learned or predicted since.
    private var evaluated = AnnouncementPool.Ticket.none
    /// How many symbols were learned.
    public private(set) var count = 0

    /// Creates a model that has seen nothing.
    ///
    /// - Parameters:
    ///   - memory: The stream's memory of contexts and announcements, shared by its fields.
    ///   - salt: Tells the field apart from others that share the memory.
    public init(memory: SequenceMemory, salt: UInt64) {
        self.memory = memory
        self.salt = ContextHash.mixed(0x5e9, salt)
        mixer = SequenceMixer(block)
        mixed = block.cells(Announcement.width)
        corrected = block.cells(Announcement.width)
    }

    /// The share of a symbol among all that were learned, as the running frequencies have it.
    public func frequency(of symbol: Int32) -> Double {
        (Double(statistics.count(of: symbol)) + 0.5)
            / (Double(statistics.total) + 0.5 * Double(max(statistics.distinct, 1)))
    }

    /// The memory held beside the shared one, in bytes.
    public var bytes: Int { cells.bytes + block.count * 4 + statistics.bytes + 8_192 }

    // MARK: Predicting

    /// Predicts the symbol that comes after a key's history, and keeps what is needed to learn from it.
    public func predict(_ history: inout SequenceHistory) -> CategoryForecast {
        var forecast = CategoryForecast()
        predict(&history, into: &forecast)
        return forecast
    }

    /// The same, written over a forecast that is used again. The entries fall.
    public func predict(_ history: inout SequenceHistory, into forecast: inout CategoryForecast) {
        evaluated = .none
        let announcement = memory.pool.renew(&history.announcement)
        describe(history, in: announcement)
        read(announcement, into: &forecast)
        // Where the symbol comes before anything else is learned or predicted, nothing has to be mixed again.
        evaluated = history.announcement
    }

    /// What was announced of a key's next symbol, as it would be said now; announces nothing, and nothing is learned from it.
    public func outlook(_ history: SequenceHistory, into forecast: inout CategoryForecast) {
        guard history.count > 0 else { return }
        evaluated = .none
        read(announcement(of: history), into: &forecast)
    }

    /// Evaluates an announcement and lists its candidates, most probable first.
    private func read(_ announcement: Announcement, into forecast: inout CategoryForecast) {
        forecast.entries.removeAll(keepingCapacity: true)
        let header = announcement.header
        evaluate(announcement, header)
        let count = Int(header.count)
        for index in 0..<count {
            forecast.entries.append(
                .init(symbol: unsafe announcement.symbols[index], probability: Double(corrected[index])))
        }
        appendFrequent(announcement, header, to: &forecast)
        forecast.entries.sort { ($0.probability, $1.symbol) > ($1.probability, $0.symbol) }
        var sum = 0.0
        for entry in forecast.entries { sum += entry.probability }
        forecast.rest = max(1 - sum, 0)
    }

    /// Appends frequent symbols that are no candidates, with their part of "anything else", where that is worth a line: where little can be
    /// predicted, candidates are what came lately, and many others come more often.
    private func appendFrequent(
        _ announcement: Announcement, _ header: Announcement.Header, to forecast: inout CategoryForecast
    ) {
        let count = Int(header.count)
        let others = Double(corrected[count]) * (1 - Double(novelty))
        guard others > Self.worthListing, header.otherCount > 0 else { return }
        for leader in statistics.leaders {
            let share = min(Double(statistics.count(of: leader)) / Double(header.otherCount), 1)
            guard others * share > Self.worthListing else { return }
            var isCandidate = false
            for index in 0..<count where unsafe announcement.symbols[index] == leader { isCandidate = true }
            if !isCandidate { forecast.entries.append(.init(symbol: leader, probability: others * share)) }
        }
    }

    /// The chance of a symbol at most as probable as one, after a key's history, as announced of the key: 1 of the most probable; of one
    /// never seen, the part of "anything else" that new symbols have.
    ///
    /// - Parameter symbol: nil of a value that has no number: one never seen.
    public func chance(ofAtLeastAsUnlikely symbol: Int32?, after history: SequenceHistory) -> Double {
        guard count > 0 else { return 1 }
        let isEvaluated = isEvaluated(history)
        let announcement = self.announcement(of: history)
        let header = announcement.header
        if !isEvaluated { evaluate(announcement, header) }
        evaluated = history.announcement
        let place = Int(header.count)
        let others = Double(corrected[place])
        for candidate in 0..<place where unsafe announcement.symbols[candidate] == symbol ?? -1 {
            var chance = others
            for other in 0..<place where corrected[other] <= corrected[candidate] { chance += Double(corrected[other]) }
            return min(chance, 1)
        }
        if let symbol, statistics.count(of: symbol) > 0 { return others }
        return others * (header.otherCount > 0 ? Double(novelty) : 1)
    }

    /// What was announced of a key; where that had to go, or never was, what would be announced now.
    private func announcement(of history: SequenceHistory) -> Announcement {
        if let announcement = memory.pool.find(history.announcement) { return announcement }
        describe(history, in: memory.spare)
        return memory.spare
    }

    // MARK: Learning

    /// Takes in the symbol that came after a key's history; learns from what was announced of it.
    ///
    /// - Returns: The probability that the announcement gave the symbol; nil where nothing was announced of the key.
    @discardableResult
    public func learn(_ symbol: Int32, after history: SequenceHistory) -> Double? {
        precondition(symbol >= 0, "symbols are numbers from 0 on")
        var said: Double?
        // A key's first symbol was announced by nobody.
        if history.count > 0 {
            let isEvaluated = isEvaluated(history)
            said = learn(symbol, from: announcement(of: history), isEvaluated: isEvaluated)
        }
        count(symbol, after: history)
        return said
    }

    /// Whether what was mixed last is what was announced of a key.
    private func isEvaluated(_ history: SequenceHistory) -> Bool {
        evaluated == history.announcement && memory.pool.find(evaluated) != nil
    }

    private func learn(_ symbol: Int32, from announcement: Announcement, isEvaluated: Bool) -> Double {
        let header = announcement.header
        if !isEvaluated { evaluate(announcement, header) }
        evaluated = .none
        let count = Int(header.count)
        var actual = count
        for index in 0..<count where unsafe announcement.symbols[index] == symbol { actual = index }
        let said = probability(of: symbol, at: actual, header)
        if actual == count, header.otherCount > 0 {
            let isNew: Float = statistics.count(of: symbol) == 0 ? 1 : 0
            novelty = min(max(novelty + (isNew - novelty) * 0.02, 0.005), 0.995)
        }
        ranks.learn(actual: actual)
        mixer.learn(header, actual: actual)
        for kind in 0..<ProbabilityCells.kinds where isKnown(kind, header) {
            unsafe cells.learn(kind: kind, states: announcement.states(kind), count: count + 1, actual: actual)
        }
        return said
    }

    private func count(_ symbol: Int32, after history: SequenceHistory) {
        let keys = unsafe memory.keys
        unsafe fill(keys, history)
        for context in 0..<SequenceContexts.count where unsafe keys[context] != 0 {
            unsafe memory.table.add(symbol, after: keys[context])
        }
        statistics.add(symbol)
        count += 1
    }

    /// The probability of a symbol under what was mixed last: of one that is no candidate, its part of "anything else".
    private func probability(of symbol: Int32, at index: Int, _ header: Announcement.Header) -> Double {
        if index < Int(header.count) { return Double(corrected[index]) }
        let others = Double(corrected[Int(header.count)])
        let seen = Double(statistics.count(of: symbol))
        let all = Double(header.otherCount)
        if seen > 0, all > 0 { return others * (1 - Double(novelty)) * min(seen / all, 1) }
        // A symbol never seen: one of as many as were seen, as far as anybody knows.
        return others * (all > 0 ? Double(novelty) : 1) / Double(max(statistics.distinct, 1))
    }

    // MARK: Describing

    /// Writes down who the candidates are and in which state each stands.
    private func describe(_ history: SequenceHistory, in announcement: Announcement) {
        let keys = unsafe memory.keys
        unsafe fill(keys, history)
        var nodes = SIMD32<Int32>(repeating: -1)
        for context in 0..<SequenceContexts.count where unsafe keys[context] != 0 {
            nodes[context] = unsafe Int32(memory.table.find(keys[context]) ?? -1)
        }
        var header = Announcement.Header()
        unsafe memory.candidates.collect(
            nodes, keys: keys, table: memory.table, leaders: statistics.leaders, into: announcement.symbols)
        let count = memory.candidates.count
        header.count = UInt8(count)
        describeFrequencies(announcement, &header)
        describeContexts(announcement, nodes, &header)
        describeOwnPast(announcement, history)
        select(history, nodes, &header)
        unsafe memory.candidates.clear(announcement.symbols)
        announcement.header = header
    }

    private func describeFrequencies(_ announcement: Announcement, _ header: inout Announcement.Header) {
        let count = Int(header.count)
        let seen = Float(statistics.total)
        let distinct = Float(statistics.distinct)
        let scale = 1 / (seen + 0.5 * max(distinct, 1) + 1)
        var others = seen
        var decayedSum: Float = 0
        header.hasDecayed = statistics.total > 20
        for index in 0..<count {
            let symbol = unsafe announcement.symbols[index]
            let times = Float(statistics.count(of: symbol))
            others -= times
            announcement.frequencies[index] = ((times + 0.5) * scale).naturalLogarithm
            let share = statistics.share(of: symbol)
            decayedSum += share
            announcement.decayed[index] = (share + 0.0005).naturalLogarithm
        }
        header.otherCount = others
        announcement.frequencies[count] =
            ((others + 0.5 * max(distinct - Float(count), 0) + 1) * scale).naturalLogarithm
        announcement.decayed[count] = (max(1 - decayedSum, 0) + 0.002).naturalLogarithm
    }

    private func describeContexts(
        _ announcement: Announcement, _ nodes: SIMD32<Int32>, _ header: inout Announcement.Header
    ) {
        let count = Int(header.count)
        let candidates = memory.candidates
        for context in 0..<SequenceContexts.count where nodes[context] >= 0 {
            let node = memory.table[Int(nodes[context])]
            guard node.total > 0 else { continue }
            let total = Int(node.total)
            let distinct = node.count
            unsafe candidates.gather(memory.table, Int(nodes[context]), memory.keys[context])
            if context == SequenceContexts.own { candidates.keepOwn(count) }
            let last = candidates.place(of: node.last)
            let lastButOne = candidates.place(of: node.lastButOne)
            let states = unsafe announcement.states(context)
            for index in 0..<count {
                unsafe states[index] = UInt16(
                    ProbabilityCells.state(
                        count: candidates.counted(index), total: total, distinct: distinct,
                        recency: index == last ? 1 : index == lastButOne ? 2 : 0))
            }
            unsafe states[count] = UInt16(ProbabilityCells.otherState(total: total, distinct: distinct))
            let bucket = ProbabilityCells.totalBucket(total)
            header.totals[context] = UInt8(bucket)
            header.confidences[SequenceMixer.context + context] = UInt8(
                min(15, bucket <= 6 ? bucket * 2 + (distinct == 1 ? 1 : 0) : bucket + 6))
        }
        if nodes[SequenceContexts.own] < 0 { candidates.forgetOwn(count) }
    }

    /// The candidates within the key's own past: how long ago, how often; and each for itself.
    private func describeOwnPast(_ announcement: Announcement, _ history: SequenceHistory) {
        let candidates = memory.candidates
        let count = candidates.count
        let length = history.count
        let grade = length < 2 ? length : length < 4 ? 2 : length < 8 ? 3 : length < 16 ? 4 : 5
        let recency = unsafe announcement.states(SequenceContexts.count)
        let itself = unsafe announcement.states(SequenceContexts.count + 1)
        for index in 0..<count {
            let symbol = unsafe announcement.symbols[index]
            var distance = 8
            for back in 0..<min(length, SequenceContexts.longestOrder) where history.symbols[back] == symbol {
                distance = back < 4 ? back : 4 + (back - 4) / 2
                break
            }
            let own = candidates.own(index)
            let often = own > 4 ? 3 : own > 1 ? 2 : own > 0 ? 1 : 0
            unsafe recency[index] = UInt16((distance * 4 + often) * 6 + grade)
            unsafe itself[index] = UInt16(Int(symbol & 127) * 4 + often)
        }
        unsafe recency[count] = UInt16(ProbabilityCells.others)
        unsafe itself[count] = UInt16(ProbabilityCells.others)
    }

    /// Selects the weight sets.
    private func select(_ history: SequenceHistory, _ nodes: SIMD32<Int32>, _ header: inout Announcement.Header) {
        var longest = 0
        var determined = 0
        for order in 0..<SequenceContexts.orders where nodes[order] >= 0 {
            let node = memory.table[Int(nodes[order])]
            longest = order + 1
            determined = node.count == 1 ? (node.total > 3 ? 2 : 1) : 0
        }
        header.order = UInt16(min(SequenceMixer.orderSets - 1, longest * 3 + determined))
        let isKnown = SIMD2<Int>(
            header.totals[SequenceContexts.ownFirst] > 0 ? 1 : 0, header.totals[SequenceContexts.ownSecond] > 0 ? 2 : 0)
        let last = history.count > 0 ? UInt32(bitPattern: history.symbols[0]) : 0
        header.sets[1] = header.order
        header.sets[2] = UInt16(min(history.count, 15) * 4 + isKnown[0] + isKnown[1])
        header.sets[3] = UInt16((last &* 2_654_435_761) >> 24)
        header.sets[4] =
            UInt16(header.totals[SequenceContexts.second]) * 10 + UInt16(header.totals[SequenceContexts.fourth])
    }

    /// Writes the hashes of all contexts of a history.
    private func fill(_ keys: UnsafeMutablePointer<UInt64>, _ history: SequenceHistory) {
        unsafe SequenceContexts.fill(keys, of: history, salt: salt)
        guard let place = unsafe memory.table.find(keys[SequenceContexts.first]) else { return }
        let node = memory.table[place]
        unsafe keys[SequenceContexts.sinceLast] = SequenceContexts.sinceLast(
            history, node.last, node.lastButOne, salt: salt)
    }

    // MARK: Evaluating

    /// From states to probabilities, with the cells and weights as they are now.
    private func evaluate(_ announcement: Announcement, _ header: Announcement.Header) {
        let count = Int(header.count)
        let padded = (count + 4) / 4 * 4
        var isActive = SIMD32<UInt8>.zero
        isActive[SequenceMixer.frequency] = 1
        isActive[SequenceMixer.decayed] = header.hasDecayed ? 1 : 0
        copy(announcement.frequencies, to: mixer.row(SequenceMixer.frequency), count + 1, padded)
        if header.hasDecayed { copy(announcement.decayed, to: mixer.row(SequenceMixer.decayed), count + 1, padded) }
        for kind in 0..<ProbabilityCells.kinds where isKnown(kind, header) {
            let row = mixer.row(SequenceMixer.context + kind)
            let states = unsafe announcement.states(kind)
            for index in 0...count { row[index] = unsafe cells.logarithm(kind: kind, state: Int(states[index])) }
            for index in count + 1..<max(padded, count + 1) { row[index] = 0 }
            isActive[SequenceMixer.context + kind] = 1
        }
        mixer.activate(isActive)
        mixer.mix(header, into: mixed)
        ranks.correct(mixed, count: count, into: corrected)
    }

    private func copy(_ source: Cells, to target: Cells, _ count: Int, _ padded: Int) {
        for index in 0..<count { target[index] = source[index] }
        for index in count..<max(padded, count) { target[index] = 0 }
    }

    @inline(__always)
    private func isKnown(_ kind: Int, _ header: Announcement.Header) -> Bool {
        kind >= SequenceContexts.count || header.totals[kind] > 0
    }
}

extension SequenceModel {
    /// Writes the state, or reads it back into a new model; the shared memory is passed by its owner.
    package func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("sequences")
        try coder.pass(&count)
        try coder.pass(&novelty)
        try coder.check(novelty >= 0 && novelty <= 1, "a share lies outside 0…1")
        try cells.pass(through: &coder)
        try mixer.pass(through: &coder)
        try ranks.pass(through: &coder)
        try statistics.pass(through: &coder)
    }
}
