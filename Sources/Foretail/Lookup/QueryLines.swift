import DequeModule

/// Keys that wait to be read, one line for each query: what is read together asks the same. The lines take turns.
struct QueryLines {
    private var lines: [ReferenceQuery: Deque<ReferenceQueue.Item>] = [:]
    private var turns: Deque<ReferenceQuery> = []
    /// How many keys wait.
    private(set) var count = 0

    /// Whether none waits.
    var isEmpty: Bool { count == 0 }

    /// Adds a key to the end of its line.
    mutating func append(_ item: ReferenceQueue.Item) {
        if lines[item.query] == nil { turns.append(item.query) }
        lines[item.query, default: []].append(item)
        count += 1
    }

    /// Takes keys that ask the same, of the line whose turn it is; nil where none waits.
    mutating func take(atMost limit: Int) -> [ReferenceQueue.Item]? {
        guard limit > 0, let query = turns.popFirst(), var line = lines.removeValue(forKey: query) else { return nil }
        let taken = Array(line.prefix(limit))
        line.removeFirst(taken.count)
        count -= taken.count
        if !line.isEmpty {
            lines[query] = line
            turns.append(query)
        }
        return taken
    }

    /// Takes one key out of its line.
    mutating func remove(_ identity: ReferenceQueue.Identity, of query: ReferenceQuery) {
        guard var line = lines.removeValue(forKey: query) else { return }
        let before = line.count
        line.removeAll { $0.identity == identity }
        count -= before - line.count
        if line.isEmpty { turns.removeAll { $0 == query } } else { lines[query] = line }
    }

    /// Takes all keys.
    mutating func takeAll() -> [ReferenceQueue.Item] {
        defer { self = QueryLines() }
        return turns.flatMap { lines[$0].map(Array.init) ?? [] }
    }
}
