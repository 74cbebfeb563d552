/// The discrete Fourier transform of a power of two of complex numbers, in place.
///
///     X[k] = Σ x[j] e^(−2πi jk/n)
///
/// ```swift
/// var real = [1.0, 0, 0, 0], imaginary = [0.0, 0, 0, 0]
/// FourierTransform.forward(&real, &imaginary)  // all ones
/// ```
///
/// Cost: n log n. Source: Cooley and Tukey, *Mathematics of Computation* 19, 1965.
enum FourierTransform {
    static func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
        let count = real.count
        precondition(count & (count - 1) == 0 && imaginary.count == count, "a transform takes a power of two")
        var reversed = 0
        for index in 1..<max(count, 2) where count > 1 {
            var bit = count >> 1
            while reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
            if index < reversed {
                real.swapAt(index, reversed)
                imaginary.swapAt(index, reversed)
            }
        }
        var length = 2
        while length <= count {
            let half = length / 2
            for offset in 0..<half {
                let angle = -2 * Double.pi * Double(offset) / Double(length)
                let cosine = cosine(angle)
                let sine = sine(angle)
                for start in stride(from: offset, to: count, by: length) {
                    let re = real[start + half] * cosine - imaginary[start + half] * sine
                    let im = real[start + half] * sine + imaginary[start + half] * cosine
                    real[start + half] = real[start] - re
                    imaginary[start + half] = imaginary[start] - im
                    real[start] += re
                    imaginary[start] += im
                }
            }
            length *= 2
        }
    }

    /// The autocorrelation of a series at lags 0…count/2, each lag scaled by how many pairs it has.
    static func autocorrelation(_ values: [Double]) -> [Double] {
        var size = 1
        while size < 2 * values.count { size *= 2 }
        var real = values + Array(repeating: 0, count: size - values.count)
        var imaginary = Array(repeating: 0.0, count: size)
        forward(&real, &imaginary)
        for index in 0..<size {
            real[index] = real[index] * real[index] + imaginary[index] * imaginary[index]
            imaginary[index] = 0
        }
        forward(&real, &imaginary)
        let count = values.count
        let power = real[0] / Double(count)
        guard power > 0 else { return Array(repeating: 0, count: count / 2 + 1) }
        return (0...(count / 2)).map { lag in real[lag] / Double(count - lag) / power }
    }
}
