/// The statements of a stage: what several lookups ask of one store in one way, and keep as long, is one, and shares its rows.
struct LookupStatements {
    /// A query of a store.
    struct Statement {
        fileprivate var identity: Identity
        var store: String
        var query: ReferenceQuery
        /// How long rows are kept.
        var keptMicroseconds: Int64
        /// Lookups that use it.
        var uses = 0
        /// What its keys say of the next; nil where nothing is to be fetched ahead.
        var anticipation: KeyAnticipation?
        var statistics = LookupStatistics()

        /// The statistics, with what its anticipation counts.
        var figures: LookupStatistics {
            var figures = statistics
            figures.plainHits = anticipation?.plainHits ?? 0
            figures.polluted = anticipation?.polluted ?? 0
            return figures
        }
    }

    fileprivate struct Identity: Hashable {
        var store: String
        /// The stream and its key expression, where the store is the stream itself.
        var history: [String]
        var query: ReferenceQuery
        /// Rows that some lookups keep longer are not those of others: when to read them again follows from it.
        var keptMicroseconds: Int64
    }

    private var statements: [Int32: Statement] = [:]
    private var numbers: [Identity: Int32] = [:]
    private var next: Int32 = 0

    /// A statement by its number; a number is never used again.
    subscript(number: Int32) -> Statement? {
        get { statements[number] }
        _modify { yield &statements[number] }
    }

    /// Counts a lookup in, and gives its statement's number.
    mutating func enter(_ lookup: LookupSettings, of stream: String, limits: LookupLimits) -> Int32 {
        let identity = Identity(
            store: lookup.store, history: lookup.isHistory ? [stream, lookup.key] : [], query: lookup.query,
            keptMicroseconds: lookup.isHistory ? .max : lookup.keptMicroseconds)
        let number = numbers[identity] ?? next
        if number == next {
            next += 1
            numbers[identity] = number
            statements[number] = Statement(
                identity: identity, store: lookup.store, query: lookup.query,
                keptMicroseconds: identity.keptMicroseconds)
        }
        statements[number]!.uses += 1
        if lookup.prefetches, !lookup.isHistory, statements[number]!.anticipation == nil {
            statements[number]!.anticipation = KeyAnticipation(limits: limits)
        }
        return number
    }

    /// Counts a lookup out.
    ///
    /// - Returns: Whether it was the last of its statement.
    mutating func leave(_ number: Int32) -> Bool {
        statements[number]?.uses -= 1
        return statements[number]?.uses == 0
    }

    /// Forgets a statement that nobody uses.
    mutating func forget(_ number: Int32) {
        guard let statement = statements.removeValue(forKey: number) else { return }
        numbers[statement.identity] = nil
    }

    /// What became of all lookups.
    var totals: LookupStatistics { LookupStatistics(sumOf: statements.values.map(\.figures)) }

    /// The statements of a store.
    func numbers(of store: String) -> [Int32] { statements.filter { $0.value.store == store }.keys.sorted() }
}
