import ForetailCluster
import ForetailTesting
import Testing

/// Plans of who owns what.
struct BalanceTests {
    private func session(_ number: Int) -> SessionID { SessionID(node: "n\(number)", incarnation: 1) }

    private func loads(_ plan: Balance) -> [Int] {
        Dictionary(grouping: plan.owners.compactMap(\.self), by: \.self).values.map(\.count).sorted()
    }

    private func apply(_ plan: Balance, to table: inout AssignmentTable) -> Int {
        var moves = 0
        for (number, owner) in plan.owners.enumerated() where table.claims[number].owner != owner {
            moves += 1
            if let owner { table.assign(UInt32(number), to: owner) }
        }
        return moves
    }

    @Test("Every partition has an owner, and shares differ by one at most", arguments: [1, 2, 3, 5, 7, 16, 20])
    func isFair(nodes: Int) {
        let plan = Balance(of: AssignmentTable(partitions: 16), stream: "s", nodes: (0..<nodes).map(session))
        #expect(plan.owners.allSatisfy { $0 != nil })
        let loads = loads(plan)
        #expect(loads.max()! - (loads.count == nodes ? loads.min()! : 0) <= 1)
    }

    @Test("A plan that was carried out is planned again without a move")
    func isStable() {
        for seed in 0..<UInt64(200) {
            var random = SeededGenerator(seed: seed)
            let nodes = (0..<1 + random.below(9)).map(session)
            var table = AssignmentTable(partitions: UInt32(1 + random.below(60)))
            for number in table.claims.indices where random.one(in: 2) {
                table.assign(UInt32(number), to: session(random.below(12)))
            }
            _ = apply(Balance(of: table, stream: "s", nodes: nodes), to: &table)
            #expect(apply(Balance(of: table, stream: "s", nodes: nodes), to: &table) == 0, "seed \(seed)")
        }
    }

    @Test("A node that comes takes its share and nobody else moves; one that goes leaves only its own")
    func movesAsFewAsItCan() {
        for count in 1..<9 {
            var table = AssignmentTable(partitions: 48)
            let nodes = (0..<count).map(session)
            _ = apply(Balance(of: table, stream: "s", nodes: nodes), to: &table)
            let more = Balance(of: table, stream: "s", nodes: nodes + [session(count)])
            for (number, owner) in more.owners.enumerated() where owner != table.claims[number].owner {
                #expect(owner == session(count))
            }
            let moves = apply(more, to: &table)
            #expect(moves == 48 / (count + 1))
            let gone = Balance(of: table, stream: "s", nodes: nodes)
            for (number, owner) in gone.owners.enumerated() where owner != table.claims[number].owner {
                #expect(table.claims[number].owner == session(count))
            }
        }
    }

    @Test("Streams of one partition spread over the nodes")
    func spreadsSmallStreams() {
        var counts: [SessionID: Int] = [:]
        for stream in 0..<3_000 {
            let plan = Balance(
                of: AssignmentTable(partitions: 1), stream: "stream-\(stream)", nodes: (0..<5).map(session))
            counts[plan.owners[0]!, default: 0] += 1
        }
        #expect(counts.values.max()! < 750)
        #expect(counts.values.min()! > 450)
    }

    @Test("What a leaving node owns stays with it until it gives it up, and the others have room for it")
    func sparesTheLeaving() {
        var table = AssignmentTable(partitions: 12)
        _ = apply(Balance(of: table, stream: "s", nodes: (0..<3).map(session)), to: &table)
        let leaving = session(2)
        let plan = Balance(of: table, stream: "s", nodes: [session(0), session(1)], keeping: [leaving])
        for (number, claim) in table.claims.enumerated() where claim.owner == leaving {
            #expect(plan.owners[number] == leaving)
        }
        for (number, claim) in table.claims.enumerated() where claim.owner == leaving { table.release(UInt32(number)) }
        let after = Balance(of: table, stream: "s", nodes: [session(0), session(1)])
        #expect(loads(after) == [6, 6])
    }
}
