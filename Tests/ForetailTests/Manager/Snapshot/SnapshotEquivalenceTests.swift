import Testing

@testable import Foretail
@testable import ForetailTesting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The plans of the simulator, with and without snapshots at random places. `FORETAIL_SNAPSHOT_SEEDS=2000` runs more.
@Suite("Snapshot equivalence") struct SnapshotEquivalenceTests {
    static let chunk: UInt64 = 25

    static let chunks: [UInt64] = {
        let text = getenv("FORETAIL_SNAPSHOT_SEEDS").map { String(cString: $0) } ?? ""
        return Array(stride(from: 0, to: UInt64(text) ?? 200, by: Int(chunk)))
    }()

    @Test("a manager restored from snapshots goes on to the byte as one that never ended", arguments: chunks)
    func goesOn(first: UInt64) throws {
        var snapshots = 0
        for seed in first..<first + Self.chunk {
            let plan = SimulationPlan(seed: seed)
            var random = SeededGenerator(seed: seed &+ 77)
            let restarts = Set((0..<3).map { _ in random.below(plan.steps.count) })
            var plain = try RestartedRun(plan, restores: false)
            try plain.run(restarts: restarts)
            var restored = try RestartedRun(plan, restores: true)
            try restored.run(restarts: restarts)
            snapshots += restored.snapshots
            try #require(plain.output == restored.output, "seed \(seed)")
            let (known, knownAfter) = (plain.knowledge, restored.knowledge)
            try #require(known == knownAfter, "seed \(seed)")
        }
        #expect(snapshots > 0)
    }
}
