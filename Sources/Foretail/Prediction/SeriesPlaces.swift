/// Where one request keeps what it keeps of each series: places from 0 on, in the order the series came to it.
///
/// Of a hundred thousand requests each may reach one key of a thousand: what a request holds grows with the series it has seen,
/// not with the stream's.
struct SeriesPlaces {
    /// The series seen, ascending.
    private(set) var numbers: [Int32] = []
    /// The place of each.
    private var places: [Int32] = []

    /// How many series were seen.
    var count: Int { numbers.count }

    /// The place of a series; nil if it was never seen.
    @inline(__always)
    func find(_ number: Int32) -> Int? {
        // A request that reaches every key has seen all series up to the newest.
        if Int(number) < numbers.count, numbers[Int(number)] == number { return Int(places[Int(number)]) }
        let low = lowerBound(of: number)
        return low < numbers.count && numbers[low] == number ? Int(places[low]) : nil
    }

    /// Gives a series the next place.
    mutating func insert(_ number: Int32) {
        let place = Int32(numbers.count)
        let low = lowerBound(of: number)
        precondition(low == numbers.count || numbers[low] != number, "a series has one place")
        numbers.insert(number, at: low)
        places.insert(place, at: low)
    }

    private func lowerBound(of number: Int32) -> Int {
        if let last = numbers.last, last < number { return numbers.count }
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
