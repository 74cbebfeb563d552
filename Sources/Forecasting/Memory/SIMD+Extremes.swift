extension SIMD where Scalar == Float {
    /// The greater of each pair. The standard library's `pointwiseMax` is a call of its own here, and a slow one.
    @inline(__always)
    func greater(_ other: Self) -> Self { replacing(with: other, where: self .< other) }

    /// The lesser of each pair.
    @inline(__always)
    func lesser(_ other: Self) -> Self { replacing(with: other, where: self .> other) }
}

extension SIMD4<Float> {
    /// The four sums of four vectors. Four calls of `sum()` are slower, and lead the optimiser to turn around the loop that
    /// made the vectors.
    @inline(__always)
    static func sums(
        _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
    ) -> SIMD4<Float> {
        let ab = SIMD4(lowHalf: a.lowHalf, highHalf: b.lowHalf) + SIMD4(lowHalf: a.highHalf, highHalf: b.highHalf)
        let cd = SIMD4(lowHalf: c.lowHalf, highHalf: d.lowHalf) + SIMD4(lowHalf: c.highHalf, highHalf: d.highHalf)
        return SIMD4(lowHalf: ab.evenHalf, highHalf: cd.evenHalf) + SIMD4(lowHalf: ab.oddHalf, highHalf: cd.oddHalf)
    }
}
