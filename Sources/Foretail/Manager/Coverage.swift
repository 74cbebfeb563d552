/// Which predicting requests reach which keys of a stream.
struct Coverage {
    /// Those that reach every key, in the order they came.
    private var everywhere: [RequestState] = []
    /// Those that reach a few keys, by key, each list in the order they came.
    private var byKey: [[UInt8]: [RequestState]] = [:]
    /// Changes with every change, so that series know when their list is out of date.
    private(set) var version = 0

    /// Adds a request with the reach it has now.
    mutating func insert(_ request: RequestState) {
        version += 1
        switch request.reach {
        case .all: Self.insert(request, into: &everywhere)
        case .keys(let keys): for key in keys { Self.insert(request, into: &byKey[key, default: []]) }
        }
    }

    /// A request whose filter has changed keeps its place.
    private static func insert(_ request: RequestState, into list: inout [RequestState]) {
        let place = list.lastIndex { $0.id < request.id }.map { $0 + 1 } ?? 0
        list.insert(request, at: place)
    }

    /// Removes a request that was added with the reach it has now.
    mutating func remove(_ request: RequestState) {
        version += 1
        switch request.reach {
        case .all: Self.remove(request, from: &everywhere)
        case .keys(let keys):
            for key in keys {
                Self.remove(request, from: &byKey[key, default: []])
                if byKey[key]?.isEmpty ?? false { byKey[key] = nil }
            }
        }
    }

    private static func remove(_ request: RequestState, from list: inout [RequestState]) {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].id < request.id { low = middle + 1 } else { high = middle }
        }
        if low < list.count, list[low] === request { list.remove(at: low) }
    }

    /// The requests that reach a key, in the order they came; empty for a key that nobody asks for.
    func requests(of key: [UInt8]) -> [RequestState] {
        guard !byKey.isEmpty, let some = byKey[key] else { return everywhere }
        return everywhere.isEmpty ? some : (everywhere + some).sorted { $0.id < $1.id }
    }
}
