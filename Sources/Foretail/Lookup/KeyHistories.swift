import DequeModule

/// The last events of the keys of streams, for lookups that ask what a key did before.
///
/// Rows are the events themselves, newest first. Bounded by bytes: the key that was quiet for longest is forgotten, and what is told of
/// it later says that there may have been more. An event costs a look into a table and a copy of its row.
public struct KeyHistories: Sendable {
    /// An event of a key.
    private struct Row: Sendable {
        var position: Position
        /// `{"position":"0:1-42","time":"…","event":{…}}`
        var json: [UInt8]
    }

    private struct Ring: Sendable {
        var key: StagedRows.Key
        /// Oldest first.
        var rows: Deque<Row> = []
        /// Whether there were earlier events, or may have been.
        var isCut: Bool
    }

    /// One lookup's view of a stream.
    private struct Statement: Sendable {
        /// Rows that are told of a key.
        var rows: Int
        /// Whether the past is in it, as far as it goes.
        var isFilled = false
        /// Whether a key that is not in it had no event.
        var isComplete = true
        /// The first event that was noted.
        var first: Position?
    }

    /// Bytes that it may hold.
    let limit: Int
    /// Bytes that it holds.
    private(set) var bytes = 0
    private var statements: [Int32: Statement] = [:]
    private var places: [StagedRows.Key: Int32] = [:]
    private var rings: [Ring] = []
    private var free: [Int32] = []
    private var order = RecencyOrder()

    /// Bytes of a key beside its text, and of a row beside its JSON.
    private static let keyOverhead = 208
    private static let rowOverhead = 64

    /// Creates an empty table.
    public init(limit: Int) { self.limit = limit }

    /// How many keys it knows.
    var count: Int { places.count }

    /// Begins to note the events of a stream for a statement.
    ///
    /// - Parameter isFilled: Whether nothing is put before what is noted from now on.
    public mutating func begin(_ statement: Int32, rows: Int, isFilled: Bool = false) {
        if statements[statement] == nil { statements[statement] = Statement(rows: rows, isFilled: isFilled) }
    }

    /// The first event that was noted for a statement.
    func firstNoted(_ statement: Int32) -> Position? { statements[statement]?.first }

    /// Forgets a statement.
    mutating func end(_ statement: Int32) {
        guard statements.removeValue(forKey: statement) != nil else { return }
        for (key, place) in places where key.statement == statement { remove(place) }
    }

    /// Whether a statement's past is in it.
    func isFilled(_ statement: Int32) -> Bool { statements[statement]?.isFilled ?? false }

    /// Notes an event of a key. Positions of a key come in order.
    mutating func note(_ statement: Int32, key: String, position: Position, json: [UInt8]) {
        guard let kept = statements[statement] else { return }
        if kept.first == nil { statements[statement]?.first = position }
        let place = place(of: StagedRows.Key(statement: statement, key: key), isCut: !kept.isComplete)
        append(Row(position: position, json: json), to: place)
        // Until the past is in it, events wait that will ask for what stands before them.
        if kept.isFilled { trim(place, to: kept.rows) }
        makeRoom(beside: place)
    }

    /// The last events of a key before a position; what there is, where the past is not in it yet.
    func rows(_ statement: Int32, key: String, before position: Position) -> ReferenceRows {
        guard let kept = statements[statement] else { return .none }
        guard let place = places[StagedRows.Key(statement: statement, key: key)] else {
            var none = ReferenceRows.none
            none.isCut = !kept.isComplete
            return none
        }
        let ring = rings[Int(place)]
        var json: [UInt8] = [UInt8(ascii: "[")]
        var count = 0
        var isCut = ring.isCut
        for row in ring.rows.reversed() where row.position < position {
            guard count < kept.rows else {
                isCut = true
                break
            }
            if count > 0 { json.append(UInt8(ascii: ",")) }
            json.append(contentsOf: row.json)
            count += 1
        }
        json.append(UInt8(ascii: "]"))
        return ReferenceRows(json: json, count: count, isCut: isCut)
    }

    /// Puts the past of a statement before what came since. Until ``settle(_:)`` more is kept than is told, for those that waited.
    ///
    /// - Parameter isComplete: Whether the past goes back to the stream's first event.
    mutating func fill(_ statement: Int32, from past: KeyHistories, isComplete: Bool) {
        guard let kept = statements[statement], !kept.isFilled else { return }
        let whole = kept.isComplete && isComplete && past.statements[statement]?.isComplete ?? true
        statements[statement]?.isFilled = true
        statements[statement]?.isComplete = whole
        var place = past.order.newest
        while place >= 0 {
            if past.rings[Int(place)].key.statement == statement { prepend(past.rings[Int(place)]) }
            place = past.order.older(than: place)
        }
        guard !whole else { return }
        for (key, place) in places where key.statement == statement && past.places[key] == nil {
            rings[Int(place)].isCut = true
        }
    }

    /// Lets go what is more than is told, and what has no room.
    mutating func settle(_ statement: Int32) {
        guard let kept = statements[statement], kept.isFilled else { return }
        for (key, place) in places where key.statement == statement { trim(place, to: kept.rows) }
        while bytes > limit, order.oldest >= 0 { forgetOldest() }
    }

    private mutating func prepend(_ ring: Ring) {
        let place = places[ring.key] ?? enter(ring.key, isCut: false)
        if places[ring.key] == nil {
            places[ring.key] = place
            order.attachOldest(place)
        }
        for row in ring.rows.reversed() {
            rings[Int(place)].rows.prepend(row)
            bytes += Self.cost(row)
        }
        if ring.isCut { rings[Int(place)].isCut = true }
    }

    // MARK: Rings

    private mutating func place(of key: StagedRows.Key, isCut: Bool) -> Int32 {
        if let known = places[key] {
            order.touch(known)
            return known
        }
        let place = enter(key, isCut: isCut)
        places[key] = place
        order.attach(place)
        return place
    }

    /// Makes an empty ring, which stands nowhere yet.
    private mutating func enter(_ key: StagedRows.Key, isCut: Bool) -> Int32 {
        bytes += Self.cost(key)
        let ring = Ring(key: key, isCut: isCut)
        if let reused = free.popLast() {
            rings[Int(reused)] = ring
            return reused
        }
        rings.append(ring)
        return Int32(rings.count - 1)
    }

    private mutating func append(_ row: Row, to place: Int32) {
        rings[Int(place)].rows.append(row)
        bytes += Self.cost(row)
    }

    /// Keeps one row more than is told: the event that asks is in it already.
    private mutating func trim(_ place: Int32, to rows: Int) {
        while rings[Int(place)].rows.count > rows + 1 {
            bytes -= Self.cost(rings[Int(place)].rows.removeFirst())
            rings[Int(place)].isCut = true
        }
    }

    /// Forgets what was quiet for longest; of a key that alone is too much its oldest events.
    private mutating func makeRoom(beside place: Int32) {
        while bytes > limit, order.oldest >= 0, order.oldest != place { forgetOldest() }
        while bytes > limit, let first = rings[Int(place)].rows.popFirst() {
            bytes -= Self.cost(first)
            rings[Int(place)].isCut = true
        }
    }

    private mutating func forgetOldest() {
        let place = order.oldest
        statements[rings[Int(place)].key.statement]?.isComplete = false
        remove(place)
    }

    private mutating func remove(_ place: Int32) {
        let ring = rings[Int(place)]
        bytes -= Self.cost(ring.key) + ring.rows.reduce(0) { $0 + Self.cost($1) }
        places[ring.key] = nil
        rings[Int(place)].rows = []
        order.detach(place)
        free.append(place)
    }

    private static func cost(_ key: StagedRows.Key) -> Int { keyOverhead + key.key.utf8.count }
    private static func cost(_ row: Row) -> Int { rowOverhead + row.json.count }
}
