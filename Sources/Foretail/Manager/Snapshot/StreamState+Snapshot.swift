import FieldExtraction
import Forecasting

/// Snapshots: what a stream has learned, apart from the requests on it.
extension StreamState {
    /// The most learned fields that a snapshot may hold.
    private static let mostFields = 1_024
    /// The most events that may have been read: their ordinal times fit an instant.
    private static let mostEvents = 1 << 40

    /// The stream with its requests and nothing learned, to be read into.
    func blank() -> StreamState {
        var blank = self
        blank.steps = []
        blank.fields = []
        blank.discovered = []
        blank.candidates = []
        blank.partitions = [:]
        blank.table = SeriesTable(seed: table.seed)
        blank.forecasts = StepForecasts()
        blank.numberShares = []
        blank.empirical = EmpiricalValues()
        blank.joint = JointModel()
        blank.trainingSeries = [:]
        blank.forgetWatchDeadlines()
        blank.watchCredits = 0
        blank.network = nil
        blank.networkTraining = nil
        blank.deadlines = DeadlineLine()
        return blank
    }

    /// Writes the state, or reads it back into a ``blank()`` one.
    mutating func pass(through coder: inout SnapshotCoder, core: ManagerCore) throws(SnapshotError) {
        try passClock(through: &coder)
        try passFields(through: &coder, core: core)
        try coder.begin("series")
        let (steps, fieldCount, limits, isReading) = (steps, fields.count, core.limits, coder.isReading)
        try table.pass(through: &coder, keyBytes: limits.keyBytes) {
            (known, key, coder: inout SnapshotCoder) throws(SnapshotError) in
            let series = isReading ? nil : known
            // Since its last event the stream may have been asked for other steps.
            var own = series?.steps ?? steps
            if try coder.flag(own != steps) { try Self.pass(steps: &own, through: &coder) }
            let passed = series ?? Series(key: key, steps: own, fieldCount: fieldCount, limits: limits)
            try passed.pass(through: &coder, steps: own)
            return passed
        }
        try coder.pass(&evictionHand)
        try coder.pass(&watchCredits)
        guard try coder.flag(network != nil) else { return }
        var network = network ?? GlobalLSTM()
        try network.pass(through: &coder)
        if coder.isReading { self.network = network }
    }

    private mutating func passClock(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("clock")
        try counters.pass(through: &coder)
        try coder.pass(&eventsRead, in: 0...Self.mostEvents)
        try coder.pass(&hasOnlyLines)
        if try coder.flag(descriptor.time != nil) {
            var path = descriptor.time ?? FieldPath("")
            try coder.pass(&path)
            descriptor.time = path
            extendPlan([path])
            timeSlot = plan.slot(of: path)
        }
        var unit = timeParser.unit?.rawValue ?? 0
        try coder.pass(&unit, in: 0...TimestampParser.Unit.seconds.rawValue)
        if coder.isReading { timeParser = TimestampParser(unit: TimestampParser.Unit(rawValue: unit)) }
        let known = partitions.values.sorted()
        let count = try coder.count(known.count, bytesEach: 16)
        for place in 0..<count {
            var position = coder.isReading ? Position(sequence: 0) : known[place]
            try coder.pass(&position.partition, in: 0...(.max))
            try coder.pass(&position.epoch, in: 0...(.max))
            try coder.pass(&position.sequence)
            partitions[position.partition] = position
        }
        try coder.pass(&watermark)
        try coder.pass(&largestTime)
        try coder.pass(&lastArrival)
    }

    private static func pass(steps: inout [Int], through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(list: &steps, upTo: NumericForecaster.maxStep, empty: 0)
        let passed = steps
        let isAscending = zip(passed, passed.dropFirst()).allSatisfy { $0 < $1 }
        let isWithin = passed.allSatisfy { $0 >= 1 && $0 <= NumericForecaster.maxStep }
        try coder.check(isAscending && isWithin, "steps do not ascend from 1 to \(NumericForecaster.maxStep)")
    }

    private mutating func passFields(through coder: inout SnapshotCoder, core: ManagerCore) throws(SnapshotError) {
        try coder.begin("fields")
        try Self.pass(steps: &steps, through: &coder)
        let asked = steps
        var paths = fields.map(\.path)
        try coder.pass(&paths, upTo: Self.mostFields)
        if coder.isReading {
            try coder.check(Set(paths).count == paths.count, "a field stands there twice")
            extendPlan(paths)
            fields = paths.map { path in
                let symbols = SymbolTable(
                    capacity: core.limits.symbols, valueBytes: core.limits.symbolBytes, seed: core.seed)
                return LearnedField(path: path, slot: plan.slot(of: path) ?? 0, isNamed: false, symbols: symbols)
            }
            actual = [Double](repeating: .nan, count: fields.count)
            numberShares = [NumberShares](repeating: NumberShares(), count: fields.count)
            readings = [Double](repeating: .nan, count: 2 * fields.count)
            arrivalPrior = ArrivalForecaster(steps: asked.isEmpty ? [1] : asked)
        }
        if try coder.flag(sequences != nil) {
            let memory = sequences ?? SequenceMemory(bytes: core.limits.sequenceBytes)
            try memory.pass(through: &coder)
            sequences = memory
        }
        for field in fields.indices {
            try fields[field].pass(through: &coder, steps: asked, memory: sequences, limits: core.limits)
        }
        for field in fields.indices { try numberShares[field].pass(through: &coder) }
        try coder.pass(&sequenceBytes)
        try coder.pass(numbers: &discovered, below: fields.count)
        try coder.pass(&candidates, upTo: core.limits.candidateFields)
        try arrivalPrior.pass(through: &coder)
        try empirical.pass(through: &coder, fieldCount: fields.count)
        try joint.pass(through: &coder, fieldCount: fields.count)
    }
}

extension StreamCounters {
    /// Writes the state, or reads it back.
    fileprivate mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&events)
        try coder.pass(&matched)
        try coder.pass(&duplicates)
        try coder.pass(&late)
        try coder.pass(&bad)
        try coder.pass(&messages)
        try coder.pass(&withoutTime)
        try coder.pass(&withoutKey)
        try coder.pass(&history)
        try coder.pass(&farFuture)
        try coder.pass(&longKeys)
        try coder.pass(&kindChanges)
    }
}

extension StreamDescriptor {
    /// The digest of what a stream's state depends on: how it is read, and the limits that shape what is kept.
    func fingerprint(limits: Limits) -> UInt64 {
        var print = SnapshotFingerprint()
        print.add(Int(truncatingIfNeeded: SnapshotFingerprint.models))
        print.add(name)
        for path in key { print.add(path.description) }
        print.add(time?.description ?? "")
        print.add("\(input)")
        print.add(unwrap?.description ?? "")
        print.add("\(clock)")
        print.add(limits.forecastTier.rawValue)
        print.add([isLive ? 1 : 0, stopsAtBadEvents ? 1 : 0, Int(latenessMicroseconds)])
        print.add([
            limits.sequenceBytes, limits.contextBytes, limits.alternatives, limits.symbols, limits.symbolBytes,
            limits.pastEvents,
            limits.keyBytes, limits.candidateFields, limits.learnedFields,
        ])
        return print.value
    }
}
