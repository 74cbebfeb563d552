/// A number as it is printed, so that what is judged is exactly what was announced.
///
/// `mantissa` × 10^`exponent`, rounded to a thousandth of the tolerance it is announced with: `41.23`, not
/// `41.22999999999998`.
public struct PrintedNumber: Hashable, Sendable {
    /// The digits, as a whole number.
    public let mantissa: Int64
    /// The power of ten; `Int8.min` marks a number printed in full by `value`.
    public let exponent: Int8
    /// The double nearest to the printed digits.
    public let value: Double

    /// Rounds `number` to a multiple of 10^`exponent`, where that is exact; otherwise keeps all its digits.
    public init(_ number: Double, exponent: Int) {
        let magnitude = abs(exponent)
        if magnitude <= 22 {
            let power = Self.powers[magnitude]
            let scaled = (exponent < 0 ? number * power : number / power).rounded()
            if scaled.magnitude < 9e15 {
                mantissa = Int64(scaled)
                self.exponent = Int8(exponent)
                value = exponent < 0 ? scaled / power : scaled * power
                return
            }
        }
        mantissa = 0
        self.exponent = .min
        value = number
    }

    /// The exponent at which a number with the given tolerance keeps a hundredth to a thousandth of it; nil for tolerance 0.
    public static func exponent(forTolerance tolerance: Double) -> Int? {
        guard tolerance > 1e-18, tolerance < 1e18 else { return nil }
        // Scan upwards from the smallest power: at most 40 comparisons, no logarithm, no rounding at the borders.
        var exponent = 0
        var power = 1.0
        while power > tolerance {
            power /= 10
            exponent -= 1
        }
        while power * 10 <= tolerance {
            power *= 10
            exponent += 1
        }
        return exponent - 2
    }

    /// Exact powers of ten, 0 to 22.
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
}
