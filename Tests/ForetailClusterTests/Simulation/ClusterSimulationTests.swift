import ForetailCluster
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Thousands of random lives of a cluster under a judge. `FORETAIL_SIMULATOR_SEEDS` says how many.
struct ClusterSimulationTests {
    static var seeds: Int { getenv("FORETAIL_SIMULATOR_SEEDS").flatMap { Int(String(cString: $0)) } ?? 16 }

    @Test("No two nodes believe to own a partition, no output is doubled or lost, and peace brings owners and balance")
    func survivesTrouble() {
        for seed in 0..<UInt64(Self.seeds) {
            let nodes = 2 + Int(seed % 4)
            let result = SimulatedCluster(seed: seed, nodes: nodes).run()
            #expect(result.violations.isEmpty, "seed \(seed), \(nodes) nodes: \(result.violations)")
            if !result.violations.isEmpty { break }
        }
    }

    @Test("Outputs stay whole even where clocks differ by more than leases allow: they are fenced by themselves")
    func fencesWithoutTime() {
        var doubled = 0
        for seed in 0..<UInt64(Self.seeds) {
            var faults = SimulationFaults()
            faults.planted = .wildClocks
            let result = SimulatedCluster(seed: seed, faults: faults).run()
            let outputs = result.violations.filter { $0.hasPrefix("output") }
            #expect(outputs.isEmpty, "seed \(seed): \(outputs)")
            doubled += result.violations.count { $0.contains("both believe") }
        }
        #expect(doubled > 0, "clocks as wild as these must break the lease, or the judge is blind")
    }

    @Test(
        "The judge sees a planted fault",
        arguments: [SimulationFaults.Planted.outputWithoutFence, .actingWithoutLease, .noMargin])
    func seesPlantedFaults(planted: SimulationFaults.Planted) {
        var faults = SimulationFaults()
        faults.planted = planted
        var seen = 0
        for seed in 0..<UInt64(8) {
            let result = SimulatedCluster(seed: seed, faults: faults).run()
            seen += planted == .actingWithoutLease ? result.refused : result.violations.count
            if planted != .actingWithoutLease, seen > 0 { break }
        }
        #expect(seen > 0)
    }

    @Test("The partitions of a killed node have new owners within eight seconds")
    func takesOver() throws {
        var faults = SimulationFaults()
        faults.hasTrouble = false
        faults.hasOutages = false
        faults.lossOneIn = 0
        var times: [Int64] = []
        for seed in 0..<UInt64(max(12, Self.seeds / 4)) {
            let result = SimulatedCluster(seed: seed, nodes: 3 + Int(seed % 3), partitions: 16, faults: faults)
                .runKill()
            #expect(result.violations.isEmpty, "seed \(seed): \(result.violations)")
            times += result.takeovers
        }
        times.sort()
        try #require(times.count > 30)
        #expect(times.last ?? .max < 8_000_000)
        let shown = [0.5, 0.95, 1].map { times[min(times.count - 1, Int(Double(times.count) * $0))] / 1_000 }
        print(
            "takeover after a kill, \(times.count) partitions: median \(shown[0]) ms, p95 \(shown[1]) ms, worst \(shown[2]) ms"
        )
    }

    @Test("A node that leaves moves its own partitions and no others")
    func movesFew() {
        var faults = SimulationFaults()
        faults.hasTrouble = false
        faults.hasOutages = false
        faults.lossOneIn = 0
        for seed in 0..<UInt64(3) {
            let (moves, loads) = SimulatedCluster(seed: seed, nodes: 4, partitions: 32, faults: faults)
                .runGrowth(leaving: 1)
            #expect(moves == 0, "seed \(seed)")
            #expect(loads[1] == 0)
            #expect(loads.max()! - loads.enumerated().filter { $0.offset != 1 }.map(\.element).min()! <= 1, "\(loads)")
        }
    }
}
