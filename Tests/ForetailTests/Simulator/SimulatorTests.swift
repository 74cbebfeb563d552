import Foretail
import ForetailTesting
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The simulator over a range of seeds.
///
/// `FORETAIL_SIMULATOR_SEEDS=10000` runs more of them; `FORETAIL_SIMULATOR_SEED=1234` repeats one.
@Suite("Simulator") struct SimulatorTests {
    /// Seeds per test case; cases run side by side.
    static let chunk = 50

    static let chunks: [UInt64] = {
        if let text = getenv("FORETAIL_SIMULATOR_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
        let text = getenv("FORETAIL_SIMULATOR_SEEDS").map { String(cString: $0) } ?? ""
        return Array(stride(from: 0, to: UInt64(text) ?? 500, by: chunk))
    }()

    @Test("every seed keeps every rule", arguments: chunks)
    func seedsKeepRules(first: UInt64) throws {
        let isSingle = Self.chunks.count == 1
        let total = try Simulator.run(seeds: first..<first + (isSingle ? 1 : UInt64(Self.chunk)))
        #expect(isSingle || total.predictions > 0)
    }
}
