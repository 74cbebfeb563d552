/// What a request keeps of the series it has seen, by the series' number.
struct SeriesLedgers {
    private var places = SeriesPlaces()
    private var ledgers: [SeriesLedger] = []

    /// The series seen, ascending.
    var numbers: [Int32] { places.numbers }

    /// Those of which an event was counted.
    var seenCount: Int { ledgers.count { $0.seen > 0 } }

    /// The bytes that shadows are counted with.
    var shadowBytes: Int { ledgers.reduce(0) { $0 + ($1.shadows?.byteCount ?? 0) } }

    /// Makes room for a series.
    @inline(__always)
    mutating func admit(_ number: Int32) {
        guard places.find(number) == nil else { return }
        places.insert(number)
        ledgers.append(SeriesLedger())
    }

    /// What is kept of a series that was admitted.
    subscript(number: Int32) -> SeriesLedger {
        @inline(__always) get { ledgers[place(of: number)] }
        @inline(__always) _modify { yield &ledgers[place(of: number)] }
    }

    @inline(__always)
    private func place(of number: Int32) -> Int {
        guard let place = places.find(number) else {
            preconditionFailure("a request keeps nothing of a series that it has not seen")
        }
        return place
    }

    /// Forgets a series that has left, so that its number can serve another key.
    ///
    /// - Returns: The bytes given back to the model budget.
    mutating func forget(_ number: Int32) -> Int {
        guard let place = places.find(number) else { return 0 }
        let bytes = ledgers[place].shadows?.byteCount ?? 0
        ledgers[place] = SeriesLedger()
        return bytes
    }
}
