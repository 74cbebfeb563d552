#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The functions of the platform's mathematics library that the models use, named in one place.

@inline(__always) func exponential(_ value: Float) -> Float { expf(value) }
@inline(__always) func exponential(_ value: Double) -> Double { exp(value) }
@inline(__always) func logarithm(_ value: Float) -> Float { logf(value) }
@inline(__always) func logarithm(_ value: Double) -> Double { log(value) }
@inline(__always) func cosine(_ value: Double) -> Double { cos(value) }
@inline(__always) func sine(_ value: Double) -> Double { sin(value) }
