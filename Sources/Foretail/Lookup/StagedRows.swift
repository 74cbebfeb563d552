/// Rows that are there before the events that need them: a table by statement and key, least recently used first out.
///
/// Bounded by bytes. An entry is as old as the moment before its rows were read; the table hands out nothing on its own judgement of age.
struct StagedRows {
    /// A statement's rows of one key.
    struct Key: Hashable {
        var statement: Int32
        private var row: RowKey

        init(statement: Int32, key: String) {
            self.statement = statement
            row = RowKey(key)
        }

        var key: String { row.text }
    }

    /// Rows, and how they came here.
    struct Entry {
        var rows: ReferenceRows
        /// The moment before they were read, in microseconds of the monotonic clock.
        var readAt: Int64
        /// Whether they were fetched before anybody needed them, and nobody has since.
        var isUnused: Bool
        /// Until when an event is expected that needs them; nil: none is.
        var expectedUntil: Int64?
    }

    /// An entry that left.
    struct Evicted {
        var key: Key
        var isUnused: Bool
    }

    private struct Node {
        var key: Key
        var entry: Entry
    }

    /// Bytes that it may hold.
    let limit: Int
    /// Bytes that it holds.
    private(set) var bytes = 0
    private var places: [Key: Int32] = [:]
    private var nodes: [Node] = []
    private var free: [Int32] = []
    private var order = RecencyOrder()

    /// Bytes of an entry beside its key and rows: its node, and its place in the table.
    private static let overhead = 192

    init(limit: Int) { self.limit = limit }

    /// How many keys have rows.
    var count: Int { places.count }

    /// The rows of a key, which become the most recently used.
    mutating func use(_ key: Key) -> Entry? {
        guard let place = places[key] else { return nil }
        order.touch(place)
        let entry = nodes[Int(place)].entry
        nodes[Int(place)].entry.isUnused = false
        return entry
    }

    /// The rows of a key, untouched.
    func peek(_ key: Key) -> Entry? { places[key].map { nodes[Int($0)].entry } }

    /// Notes until when an event is expected that needs a key's rows.
    mutating func expect(_ key: Key, until: Int64) {
        guard let place = places[key] else { return }
        nodes[Int(place)].entry.expectedUntil = max(nodes[Int(place)].entry.expectedUntil ?? until, until)
    }

    /// Puts rows in, and takes out what has no room beside them. What is larger than the table does not enter.
    mutating func insert(_ key: Key, _ entry: Entry, evicted: inout [Evicted]) {
        if let old = remove(key), old.isUnused { evicted.append(Evicted(key: key, isUnused: true)) }
        let cost = Self.cost(key, entry)
        guard cost <= limit else {
            evicted.append(Evicted(key: key, isUnused: entry.isUnused))
            return
        }
        while bytes + cost > limit, order.oldest >= 0 {
            let last = nodes[Int(order.oldest)].key
            if let left = remove(last) { evicted.append(Evicted(key: last, isUnused: left.isUnused)) }
        }
        bytes += cost
        let node = Node(key: key, entry: entry)
        let place: Int32
        if let reused = free.popLast() {
            nodes[Int(reused)] = node
            place = reused
        } else {
            place = Int32(nodes.count)
            nodes.append(node)
        }
        places[key] = place
        order.attach(place)
    }

    /// Takes the rows of a key out.
    @discardableResult
    mutating func remove(_ key: Key) -> Entry? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        order.detach(place)
        let entry = nodes[Int(place)].entry
        bytes -= Self.cost(key, entry)
        nodes[Int(place)].entry.rows = .none
        free.append(place)
        return entry
    }

    /// Takes out everything of some statements.
    mutating func remove(where isMeant: (Int32) -> Bool) -> [(key: Key, entry: Entry)] {
        places.keys.filter { isMeant($0.statement) }.compactMap { key in remove(key).map { (key, $0) } }
    }

    /// Takes out what was not used for longest, as long as it is outdated.
    mutating func removeOldest(into evicted: inout [Evicted], while isOutdated: (Key, Entry) -> Bool) {
        while order.oldest >= 0 {
            let node = nodes[Int(order.oldest)]
            guard isOutdated(node.key, node.entry), let left = remove(node.key) else { return }
            evicted.append(Evicted(key: node.key, isUnused: left.isUnused))
        }
    }

    static func cost(_ key: Key, _ entry: Entry) -> Int {
        overhead + key.key.utf8.count + entry.rows.json.count + (entry.rows.version?.utf8.count ?? 0)
    }
}
