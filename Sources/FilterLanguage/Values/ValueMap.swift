/// A map of CEL: entries in the order they were written, found by key.
///
/// Keys are bool, int, uint or string; 1, 1u and 1.0 find the same entry. Small maps are searched from the front, larger
/// ones through a hash table. One reference wide, copied on write.
public struct ValueMap: Sendable {
    private final class Storage: @unchecked Sendable {
        var keys: [Value] = []
        var values: [Value] = []
        var index: [ValueKey: Int] = [:]

        init() {}

        init(_ other: Storage) {
            keys = other.keys
            values = other.values
            index = other.index
        }
    }

    private var storage = Storage()

    private static let indexedFrom = 9

    /// Creates an empty map.
    public init() {}

    /// The keys, in order.
    public var keys: [Value] { storage.keys }

    /// The values, in the order of the keys.
    public var values: [Value] { storage.values }

    /// The number of entries.
    public var count: Int { storage.keys.count }

    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage) }
    }

    /// Adds an entry; false if the key is there already or cannot be a key.
    public mutating func insert(_ key: Value, _ value: Value) -> Bool {
        guard ValueMap.canBeKey(key), position(of: key) == nil else { return false }
        makeUnique()
        storage.keys.append(key)
        storage.values.append(value)
        if count == ValueMap.indexedFrom {
            for (place, key) in storage.keys.enumerated() {
                if let key = ValueKey(key) { storage.index[key] = place }
            }
        } else if count > ValueMap.indexedFrom, let key = ValueKey(key) {
            storage.index[key] = count - 1
        }
        return true
    }

    /// Adds an entry or replaces the one of that key: the last of duplicate keys wins, as in JSON.
    mutating func set(_ key: Value, _ value: Value) {
        if let place = position(of: key) {
            makeUnique()
            storage.values[place] = value
        } else {
            _ = insert(key, value)
        }
    }

    /// The value under `key`, or nil.
    public subscript(key: Value) -> Value? {
        guard let place = position(of: key) else { return nil }
        return storage.values[place]
    }

    private func position(of key: Value) -> Int? {
        if count >= ValueMap.indexedFrom {
            guard let key = ValueKey(key) else { return nil }
            return storage.index[key]
        }
        for place in 0..<count where storage.keys[place].equals(key) { return place }
        return nil
    }

    private static func canBeKey(_ key: Value) -> Bool {
        switch key {
        case .bool, .int, .uint, .string, .number(.integer): true
        default: false
        }
    }
}
