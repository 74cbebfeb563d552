/// A map of CEL: entries in the order they were written, found by key.
///
/// Keys are bool, int, uint or string; 1, 1u and 1.0 find the same entry. Small maps are searched from the front, larger
/// ones through a hash table.
public struct ValueMap: Sendable {
    /// The keys, in order.
    public private(set) var keys: [Value] = []
    /// The values, in the order of the keys.
    public private(set) var values: [Value] = []
    private var index: [ValueKey: Int] = [:]

    static let indexedFrom = 9

    /// Creates an empty map.
    public init() {}

    /// The number of entries.
    public var count: Int { keys.count }

    /// Adds an entry; false if the key is there already or cannot be a key.
    public mutating func insert(_ key: Value, _ value: Value) -> Bool {
        guard ValueMap.canBeKey(key), position(of: key) == nil else { return false }
        keys.append(key)
        values.append(value)
        if keys.count == ValueMap.indexedFrom {
            for (place, key) in keys.enumerated() {
                if let key = ValueKey(key) { index[key] = place }
            }
        } else if keys.count > ValueMap.indexedFrom, let key = ValueKey(key) {
            index[key] = keys.count - 1
        }
        return true
    }

    /// Adds an entry or replaces the one of that key: the last of duplicate keys wins, as in JSON.
    mutating func set(_ key: Value, _ value: Value) {
        if let place = position(of: key) {
            values[place] = value
        } else {
            _ = insert(key, value)
        }
    }

    /// The value under `key`, or nil.
    public subscript(key: Value) -> Value? {
        guard let place = position(of: key) else { return nil }
        return values[place]
    }

    private func position(of key: Value) -> Int? {
        if keys.count >= ValueMap.indexedFrom {
            guard let key = ValueKey(key) else { return nil }
            return index[key]
        }
        for place in 0..<keys.count where keys[place].equals(key) { return place }
        return nil
    }

    static func canBeKey(_ key: Value) -> Bool {
        switch key {
        case .bool, .int, .uint, .string, .number(.integer): true
        default: false
        }
    }
}
