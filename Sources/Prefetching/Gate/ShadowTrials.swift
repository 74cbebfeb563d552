/// Candidates that were held back, and whether their keys were asked for in time.
///
/// A trial succeeds when its key is asked for within `window` requests, but not before a fetch could have ended. It is only begun
/// for keys that are not in the buffer, so what would have been a hit anyway does not count. At most one is open of a key and kind.
///
/// Memory: 28 B a trial and a map, 130 KB. When all are open no more are begun. Cost: a look an access and candidate.
struct ShadowTrials: Sendable {
    /// Trials open at once.
    static let most = 4_096

    private struct Trial {
        var symbol: UInt64 = 0
        var begun = 0
        var cell: Int32 = -1
        /// The next older open trial of the same key.
        var older: Int32 = -1
    }

    private var ring = [Trial](repeating: Trial(), count: most)
    private var newest = SymbolMap(capacity: most)
    private var start = 0
    private var count = 0

    /// Ends those begun before a request.
    mutating func expire(before request: Int) {
        while count > 0, ring[start].begun < request {
            drop(start)
            start = (start + 1) & (Self.most - 1)
            count -= 1
        }
    }

    /// Begins a trial; false where it is open already or there is no room.
    mutating func begin(_ symbol: UInt64, cell: Int, at request: Int) -> Bool {
        guard count < Self.most else { return false }
        let first = newest[symbol]
        var place = first ?? -1
        while place >= 0 {
            if ring[Int(place)].cell == Int32(cell) { return false }
            place = ring[Int(place)].older
        }
        let new = (start + count) & (Self.most - 1)
        ring[new] = Trial(symbol: symbol, begun: request, cell: Int32(cell), older: first ?? -1)
        newest[symbol] = Int32(new)
        count += 1
        return true
    }

    /// Ends the trials of a key that was asked for; those begun at `latest` or before succeed.
    mutating func settle(_ symbol: UInt64, begunBy latest: Int, gate: inout PrecisionGate) {
        guard var place = newest[symbol] else { return }
        newest[symbol] = nil
        while place >= 0 {
            let trial = ring[Int(place)]
            if trial.begun <= latest { gate.succeed(Int(trial.cell)) }
            ring[Int(place)].cell = -1
            place = trial.older
        }
    }

    /// Unlinks the oldest trial, which is the last of its key's chain.
    private mutating func drop(_ oldest: Int) {
        guard ring[oldest].cell >= 0, var place = newest[ring[oldest].symbol] else { return }
        if place == Int32(oldest) {
            newest[ring[oldest].symbol] = nil
            return
        }
        while ring[Int(place)].older != Int32(oldest) { place = ring[Int(place)].older }
        ring[Int(place)].older = -1
    }
}
