import ForetailTesting
import Glibc

extension SeededGenerator {
    /// A standard normal deviate (Box and Muller 1958).
    public mutating func normal() -> Double {
        let radius = Double(next() >> 11 | 1) * 0x1p-53
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * unit())
    }
}
