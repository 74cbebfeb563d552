/// Linear regression learned one observation at a time, with exponential forgetting and a covariance that cannot wind up.
///
///     g = P x / (λ + xᵀ P x)        θ ← θ + g e,  e = y − θᵀx clipped at c · (running mean |e|)
///     P ← (P − g (P x)ᵀ) / λ'       λ' = λ, or 1 while the trace of P exceeds 1000 per feature
///
/// Parameters: the number of features (rounded up to a multiple of four), λ .9…1, the clip c 1…∞. P is symmetric and kept
/// as the 4 × 4 blocks on and below its diagonal, in single precision: 16 features take 0.8 kB. Single precision can
/// lose positive definiteness; where xᵀPx comes out negative, P starts again from the identity.
///
/// ```swift
/// let block = StateBlock(floats: 256)
/// var model = RecursiveLeastSquares(features: 4, cells: block.cells(32), image: block.cells(4))
/// let inputs = block.cells(4)
/// inputs[four: 0] = [1, 2, 0, 0]
/// model.learn(inputs, target: 5)
/// model.predict(inputs)  // 4.2 on the way to 5
/// ```
///
/// Cost: n²/2 multiplications for P x and as many for P. Source: S. Haykin, *Adaptive Filter Theory*, chapter on RLS;
/// as online ARIMA: Liu, Hoi, Zhao, Sun, "Online ARIMA Algorithms for Time Series Prediction", AAAI 2016.
struct RecursiveLeastSquares {
    private let rows: Int
    private let forgetting: Float
    private let clip: Float
    private var inverseForgetting: Float
    private var meanError: Float = 0
    private var updates = 0
    private var weights: Cells
    /// P x, between its computation and its use; models that learn in turn may share it.
    private var image: Cells
    private var covariance: Cells

    /// The largest number of features.
    static let maxFeatures = 36
    /// Innovations are clipped from this many updates on.
    private static let firstClip = 100

    /// The room the model needs in its block.
    static func cellCount(features: Int) -> Int {
        let rows = (features + 3) / 4
        return StateBlock.rounded(4 * rows) + rows * (rows + 1) / 2 * 16
    }

    init(features: Int, forgetting: Float = 0.998, clip: Float = 2.5, cells: Cells, image: Cells) {
        precondition(features > 0 && features <= RecursiveLeastSquares.maxFeatures, "a regression has 1 to 36 features")
        rows = cells.count == 0 ? 0 : (features + 3) / 4
        self.forgetting = forgetting
        self.clip = clip
        inverseForgetting = 1 / forgetting
        let head = rows == 0 ? 0 : StateBlock.rounded(4 * rows)
        weights = cells.part(from: 0, count: 4 * rows)
        self.image = image.part(from: 0, count: 4 * rows)
        covariance = cells.part(from: head, count: rows * (rows + 1) / 2 * 16)
        restart()
    }

    /// θᵀx. The inputs span the rounded number of features.
    @inline(__always)
    func predict(_ inputs: Cells) -> Float {
        var sum = SIMD4<Float>.zero
        for row in 0..<rows { sum += weights[four: row] * inputs[four: row] }
        return sum.sum()
    }

    /// Takes in one observation. The inputs span the rounded number of features.
    @inline(__always)
    mutating func learn(_ inputs: Cells, target: Float) {
        var error = target - predict(inputs)
        let size = abs(error)
        if updates > RecursiveLeastSquares.firstClip, size > clip * meanError, meanError > 0 {
            error = error > 0 ? clip * meanError : -clip * meanError
        }
        multiply(inputs, into: image)
        var energy = SIMD4<Float>.zero
        for row in 0..<rows { energy += image[four: row] * inputs[four: row] }
        let quadratic = energy.sum()
        guard quadratic >= 0, quadratic < .greatestFiniteMagnitude, error.isFinite else { return restart() }
        let gain = 1 / (forgetting + quadratic)
        for row in 0..<rows { weights[four: row] += image[four: row] * (gain * error) }
        if updates & 15 == 0 { inverseForgetting = trace() < 4000 * Float(rows) ? 1 / forgetting : 1 }
        shrink(along: image, by: gain)
        meanError = meanError == 0 ? size : 0.99 * meanError + 0.01 * min(size, 5 * meanError + 1e-9)
        updates &+= 1
    }

    /// P x. A block below the diagonal serves its own rows and, transposed, those of its column.
    @inline(__always)
    private func multiply(_ inputs: Cells, into image: Cells) {
        let (rows, covariance) = (rows, covariance)
        for row in 0..<rows { image[four: row] = .zero }
        var place = 0
        for column in 0..<rows {
            let input = inputs[four: column]
            image[four: column] += RecursiveLeastSquares.product(covariance, place, input)
            place &+= 4
            var t0 = SIMD4<Float>.zero
            var t1 = SIMD4<Float>.zero
            var t2 = SIMD4<Float>.zero
            var t3 = SIMD4<Float>.zero
            var row = column &+ 1
            while row < rows {
                image[four: row] += RecursiveLeastSquares.product(covariance, place, input)
                let across = inputs[four: row]
                t0 += covariance[four: place] * across
                t1 += covariance[four: place &+ 1] * across
                t2 += covariance[four: place &+ 2] * across
                t3 += covariance[four: place &+ 3] * across
                place &+= 4
                row &+= 1
            }
            image[four: column] += SIMD4.sums(t0, t1, t2, t3)
        }
    }

    /// One block times four inputs.
    @inline(__always)
    private static func product(_ covariance: Cells, _ place: Int, _ input: SIMD4<Float>) -> SIMD4<Float> {
        let first = covariance[four: place] * input[0] + covariance[four: place &+ 1] * input[1]
        return first + (covariance[four: place &+ 2] * input[2] + covariance[four: place &+ 3] * input[3])
    }

    /// P ← (P − gain · image imageᵀ) / λ'.
    @inline(__always)
    private func shrink(along image: Cells, by gain: Float) {
        let (rows, covariance, inverseForgetting) = (rows, covariance, inverseForgetting)
        var place = 0
        for column in 0..<rows {
            let scaled = image[four: column] * (gain * inverseForgetting)
            var row = column
            while row < rows {
                let across = image[four: row]
                covariance[four: place] = covariance[four: place] * inverseForgetting - across * scaled[0]
                covariance[four: place &+ 1] = covariance[four: place &+ 1] * inverseForgetting - across * scaled[1]
                covariance[four: place &+ 2] = covariance[four: place &+ 2] * inverseForgetting - across * scaled[2]
                covariance[four: place &+ 3] = covariance[four: place &+ 3] * inverseForgetting - across * scaled[3]
                place &+= 4
                row &+= 1
            }
        }
    }

    private func trace() -> Float {
        var sum: Float = 0
        var place = 0
        for column in 0..<rows {
            for lane in 0..<4 { sum += covariance[4 * (place + lane) + lane] }
            place += 4 * (rows - column)
        }
        return sum
    }

    private func restart() {
        var place = 0
        covariance.fill(0)
        for column in 0..<rows {
            for lane in 0..<4 { covariance[4 * (place + lane) + lane] = 1 }
            place += 4 * (rows - column)
        }
        for index in 0..<weights.count where !weights[index].isFinite { weights[index] = 0 }
    }

    /// Points the model at the same place of a copied block.
    mutating func move(by floats: Int) {
        weights.move(by: floats)
        image.move(by: floats)
        covariance.move(by: floats)
    }
}

extension RecursiveLeastSquares {
    /// Writes the state, or reads it back.
    mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(&inverseForgetting)
        try coder.pass(&meanError)
        try coder.pass(&updates)
    }
}
