#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Numbers from 0 on, counted in such a way that the sum of log₂ (number + x) can be told for any x later.
///
/// Up to 1,024 each has a count of its own, beyond 256 of them share an octave: a sum is off by less than a millionth of a
/// bit per number.
struct OrderCounts: Sendable {
    private var counts: [Int] = []
    private var sums: [Double] = []

    /// Adds a number.
    mutating func add(_ number: Int) {
        var place = number
        if number >= 1_024 {
            let octave = Int.bitWidth - 1 - number.leadingZeroBitCount
            place = 1_024 + (octave - 10) * 256 + (number >> (octave - 8)) & 255
        }
        while counts.count <= place {
            counts.append(0)
            sums.append(0)
        }
        counts[place] += 1
        sums[place] += Double(number)
    }

    /// The sum of log₂ (number + x) over all numbers.
    func logarithms(plus x: Double) -> Double {
        var sum = 0.0
        for place in counts.indices where counts[place] > 0 {
            sum += Double(counts[place]) * log2(max(sums[place] / Double(counts[place]) + x, 0.5))
        }
        return sum
    }
}
