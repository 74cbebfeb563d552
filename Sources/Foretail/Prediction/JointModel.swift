import Forecasting

/// What goes together in the events of a stream: given the symbol of one field, the pivot, when it comes, which numbers come
/// with it, and which values its other fields have.
///
/// The pivot is the template of a line where there are templates, else the categorical field whose prediction saves most bits.
struct JointModel {
    /// The number of the pivot among the stream's fields; nil while there is none.
    private(set) var pivot: Int?
    /// When, by what came and what comes.
    var arrivals = TransitionArrivals()
    /// Which numbers, by what comes.
    var numbers = ConditionalNumbers()
    /// Which other values, by what comes; nil while no filter needs them.
    var rows: ConditionalRows?
    /// The number of fields it was made for.
    private(set) var fieldCount = 0

    /// The memory held, in bytes.
    var byteCount: Int {
        pivot == nil ? 0 : arrivals.bytes + numbers.byteCount + (rows?.byteCount ?? 0)
    }

    /// Starts anew with another pivot, or for other fields.
    mutating func reset(pivot: Int?, fieldCount: Int) {
        self = JointModel()
        self.pivot = pivot
        self.fieldCount = fieldCount
        numbers.grow(to: fieldCount)
    }
}

/// What was told of a key's next event in view of what is expected to come; kept until it comes, to be judged by it.
struct JointStatement {
    /// The pivot's symbol in the key's latest event; -1 before any.
    var latest: Int32 = -1
    /// The time.
    var arrival: TransitionArrivals.Statement?
    /// The numbers by field; NaN where nothing was told. Empty as long as nothing ever was.
    var numbers: [Double] = []

    /// Forgets what was told.
    mutating func clear() {
        arrival = nil
        for field in numbers.indices { numbers[field] = .nan }
    }
}

extension JointModel {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder, fieldCount: Int) throws(SnapshotError) {
        // With other fields it starts anew at the next event.
        guard try coder.flag(pivot != nil && self.fieldCount == fieldCount) else { return }
        var place = pivot ?? 0
        try coder.pass(&place, in: 0...max(fieldCount - 1, 0))
        if coder.isReading { reset(pivot: place, fieldCount: fieldCount) }
        try arrivals.pass(through: &coder)
        try numbers.pass(through: &coder, fieldCount: fieldCount)
        guard try coder.flag(rows != nil) else { return }
        var passed = rows ?? ConditionalRows(fieldCount: fieldCount)
        try passed.pass(through: &coder)
        rows = passed
    }
}

extension JointStatement {
    /// Writes the statement, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&latest, in: -1...(.max))
        if try coder.flag(arrival != nil) {
            var passed =
                arrival
                ?? TransitionArrivals.Statement(
                    symbol: 0, forecast: ArrivalForecast(expected: 0, low: 0, high: 0, probability: 0),
                    quantiles: GapQuantiles(0, 0, 0, 0, 0))
            try passed.pass(through: &coder)
            arrival = passed
        }
        let count = try coder.count(numbers.count, upTo: 1_024, bytesEach: 8)
        if coder.isReading { numbers = [Double](repeating: .nan, count: count) }
        for place in numbers.indices { try coder.passAny(&numbers[place]) }
    }
}
