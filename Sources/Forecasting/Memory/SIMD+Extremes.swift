extension SIMD where Scalar == Float {
    /// The greater of each pair. The standard library's `pointwiseMax` is a call of its own here, and a slow one.
    @inline(__always)
    func greater(_ other: Self) -> Self { replacing(with: other, where: self .< other) }

    /// The lesser of each pair.
    @inline(__always)
    func lesser(_ other: Self) -> Self { replacing(with: other, where: self .> other) }
}
