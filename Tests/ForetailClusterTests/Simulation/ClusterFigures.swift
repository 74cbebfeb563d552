import ForetailCluster
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The figures of docs/scaling.md that come from the simulator; printed where `FORETAIL_CLUSTER_FIGURES` is set.
@Suite(.enabled(if: getenv("FORETAIL_CLUSTER_FIGURES") != nil))
struct ClusterFigures {
    private var calm: SimulationFaults {
        var faults = SimulationFaults()
        faults.hasTrouble = false
        faults.hasOutages = false
        faults.lossOneIn = 0
        return faults
    }

    @Test("Takeover after a kill", arguments: [(3, UInt32(16)), (5, 64), (10, 256), (50, 1_024)])
    func takeover(nodes: Int, partitions: UInt32) {
        var times: [Int64] = []
        for seed in 0..<UInt64(nodes > 20 ? 4 : 20) {
            let cluster = SimulatedCluster(seed: seed, nodes: nodes, partitions: partitions, faults: calm)
            cluster.judgeEvery = 40_000
            times += cluster.runKill().takeovers
        }
        times.sort()
        guard !times.isEmpty else { return }
        let shown = [0.5, 0.95, 1].map { times[min(times.count - 1, Int(Double(times.count) * $0))] / 1_000 }
        print(
            "takeover: \(nodes) nodes, \(partitions) partitions: \(times.count) partitions, ms median p95 worst: \(shown)"
        )
        #expect(shown[2] < 9_000)
    }

    @Test("Balance of plans", arguments: [3, 10, 50, 200])
    func balance(nodes: Int) {
        for partitions in [UInt32(16), 256, 4_096] {
            let sessions = (0..<nodes).map { SessionID(node: "n\($0)", incarnation: 1) }
            var table = AssignmentTable(partitions: partitions)
            for (number, owner) in Balance(of: table, stream: "s", nodes: sessions).owners.enumerated() {
                if let owner { table.assign(UInt32(number), to: owner) }
            }
            let clock = ContinuousClock()
            var after: Balance?
            let time = clock.measure {
                after = Balance(of: table, stream: "s", nodes: Array(sessions.dropLast()))
            }
            let lost = table.claims.count { $0.owner == sessions.last }
            let moved = zip(table.claims, after?.owners ?? []).count { $0.owner != $1 }
            print(
                "balance: \(nodes) nodes, \(partitions) partitions: one node less moves \(moved) (it had \(lost)), planned in \(time)"
            )
            #expect(moved == lost)
        }
    }
}
