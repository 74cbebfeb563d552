/// Which node ought to own which partition of a stream: everybody an equal number, give or take one, with as few moves as that takes.
///
/// Rendezvous hashing with bounded loads: a partition that has to find an owner goes to the node with the highest score among those
/// with room (Thaler, Ravishankar 1998; Mirrokni, Thorup, Zadimoghaddam 2018). What has an owner stays, unless that one has more
/// than its quota. Streams with few partitions spread by the scores. A pure function of table and nodes: nodes that see the same come to
/// the same plan without talking about it.
///
/// Cost: partitions × log(partitions) + unowned partitions × nodes.
public struct Balance: Hashable, Sendable {
    /// The owner each partition ought to have; nil only where there is no node.
    public private(set) var owners: [SessionID?]

    /// Plans.
    ///
    /// - Parameters:
    ///   - table: Who owns what.
    ///   - stream: The stream's name; part of the scores.
    ///   - nodes: The sessions that take partitions.
    ///   - others: Sessions that own what they own until they give it up, and take nothing.
    public init(of table: AssignmentTable, stream: String, nodes: [SessionID], keeping others: Set<SessionID> = []) {
        let nodes = nodes.sorted()
        owners = [SessionID?](repeating: nil, count: table.claims.count)
        guard !nodes.isEmpty else {
            for (partition, claim) in table.claims.enumerated() where claim.owner.map(others.contains) ?? false {
                owners[partition] = claim.owner
            }
            return
        }
        var places: [SessionID: Int] = [:]
        for (place, node) in nodes.enumerated() { places[node] = place }
        let names = nodes.map { KeyPartition.hash($0.node.utf8) }
        let seed = KeyPartition.hash(stream.utf8)

        var held = [[Int]](repeating: [], count: nodes.count)
        var free: [Int] = []
        for (partition, claim) in table.claims.enumerated() {
            if let owner = claim.owner, let place = places[owner] {
                held[place].append(partition)
            } else if let owner = claim.owner, others.contains(owner) {
                // It will be free soon, and then somebody's.
                owners[partition] = owner
            } else {
                free.append(partition)
            }
        }
        let quotas = Self.quotas(table.claims.count, loads: held.map(\.count)) { place in
            Self.score(seed, partition: .max, node: names[place])
        }
        for place in nodes.indices {
            // Who has too many keeps those that score highest with it.
            let ranked = held[place].sorted { left, right in
                let scores = (
                    Self.score(seed, partition: left, node: names[place]),
                    Self.score(seed, partition: right, node: names[place])
                )
                return scores.0 == scores.1 ? left < right : scores.0 > scores.1
            }
            for partition in ranked.prefix(quotas[place]) { owners[partition] = nodes[place] }
            free += ranked.dropFirst(quotas[place])
        }
        var room = nodes.indices.map { max(0, quotas[$0] - held[$0].count) }
        for partition in free.sorted() {
            var best: (place: Int, score: UInt64)?
            for place in nodes.indices where room[place] > 0 {
                let score = Self.score(seed, partition: partition, node: names[place])
                if score > best?.score ?? 0 || best == nil { best = (place, score) }
            }
            // What leaving nodes keep makes the room at least as large as what is free.
            guard let best else { continue }
            room[best.place] -= 1
            owners[partition] = nodes[best.place]
        }
    }

    /// How many partitions each node may own: the whole part of an equal share, and one more for those that have the most, so
    /// that as few as possible move.
    private static func quotas(_ partitions: Int, loads: [Int], score: (Int) -> UInt64) -> [Int] {
        var quotas = [Int](repeating: partitions / loads.count, count: loads.count)
        let ranked = loads.indices.sorted { left, right in
            loads[left] == loads[right] ? score(left) > score(right) : loads[left] > loads[right]
        }
        for place in ranked.prefix(partitions % loads.count) { quotas[place] += 1 }
        return quotas
    }

    private static func score(_ seed: UInt64, partition: Int, node: UInt64) -> UInt64 {
        KeyPartition.mix(KeyPartition.mix(seed ^ UInt64(truncatingIfNeeded: partition)) ^ node)
    }
}
