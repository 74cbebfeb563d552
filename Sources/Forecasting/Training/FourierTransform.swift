/// The discrete Fourier transform of a power of two of complex numbers, in place.
///
///     X[k] = Σ x[j] e^(−2πi jk/n)
///
/// ```swift
/// var real = [1.0, 0, 0, 0], imaginary = [0.0, 0, 0, 0]
/// FourierTransform(size: 4).forward(&real, &imaginary)  // all ones
/// ```
///
/// Cost: n log n. Source: Cooley and Tukey, *Mathematics of Computation* 19, 1965.
struct FourierTransform {
    private let size: Int
    private let cosines: [Double]
    private let sines: [Double]

    /// Prepares transforms of `size` numbers, a power of two.
    init(size: Int) {
        precondition(size > 0 && size & (size - 1) == 0, "a transform takes a power of two")
        self.size = size
        cosines = (0..<size / 2).map { cosine(2 * Double.pi * Double($0) / Double(size)) }
        sines = (0..<size / 2).map { -sine(2 * Double.pi * Double($0) / Double(size)) }
    }

    /// Transforms in place.
    func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
        precondition(real.count == size && imaginary.count == size, "the numbers are as many as prepared for")
        reorder(&real, &imaginary)
        var length = 2
        while length <= size {
            let half = length / 2
            let turn = size / length
            for start in stride(from: 0, to: size, by: length) {
                for offset in 0..<half {
                    let low = start + offset
                    let high = low + half
                    let cosine = cosines[offset * turn]
                    let sine = sines[offset * turn]
                    let re = real[high] * cosine - imaginary[high] * sine
                    let im = real[high] * sine + imaginary[high] * cosine
                    real[high] = real[low] - re
                    imaginary[high] = imaginary[low] - im
                    real[low] += re
                    imaginary[low] += im
                }
            }
            length *= 2
        }
    }

    /// Puts every number where the reverse of its index's bits says.
    private func reorder(_ real: inout [Double], _ imaginary: inout [Double]) {
        var reversed = 0
        for index in 0..<size {
            if index < reversed {
                real.swapAt(index, reversed)
                imaginary.swapAt(index, reversed)
            }
            var bit = size >> 1
            while bit > 0, reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
        }
    }

    /// The autocorrelation of a series at lags 0…count/2, each lag scaled by how many pairs it has.
    static func autocorrelation(_ values: [Double]) -> [Double] {
        let count = values.count
        var size = 1
        // Lags up to a half only: what wraps around lies beyond them.
        while size < count + count / 2 + 1 { size *= 2 }
        let transform = FourierTransform(size: size)
        var real = values + Array(repeating: 0, count: size - count)
        var imaginary = Array(repeating: 0.0, count: size)
        transform.forward(&real, &imaginary)
        for index in 0..<size {
            real[index] = real[index] * real[index] + imaginary[index] * imaginary[index]
            imaginary[index] = 0
        }
        transform.forward(&real, &imaginary)
        let power = real[0] / Double(count)
        guard power > 0 else { return Array(repeating: 0, count: count / 2 + 1) }
        return (0...(count / 2)).map { lag in real[lag] / Double(count - lag) / power }
    }
}
