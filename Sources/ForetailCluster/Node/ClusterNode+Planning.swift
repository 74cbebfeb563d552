/// Planning: what is to be read and written.
extension ClusterNode {
    /// What to ask of the registers besides the own session's, at most one thing of each.
    func wanted(now: Int64) -> [(RegisterKey, RegisterCommand.Operation)] {
        var wanted: [(RegisterKey, RegisterCommand.Operation)] = []
        func isFree(_ key: RegisterKey) -> Bool { cells[key]?.pending == nil }
        func isStale(_ key: RegisterKey) -> Bool {
            guard let readAt = cells[key]?.readAt else { return true }
            return now - readAt >= timing.poll
        }

        if isFree(.members) {
            let cell = cells[.members] ?? RegisterCell()
            let known = members
            if cell.readAt == nil || isStale(.members) {
                wanted.append((.members, .read))
            } else if !known.contains(name) {
                wanted.append((.members, .write(.members((known + [name]).sorted()), expecting: cell.revision)))
            }
        }
        for other in members where other != name && isFree(.session(other)) {
            let key = RegisterKey.session(other)
            if let record = quietSession(other, now: now) {
                wanted.append((key, .write(.session(record), expecting: cells[key]?.revision ?? 0)))
            } else if isStale(key) {
                wanted.append((key, .read))
            }
        }
        guard hasSeenMembers else { return wanted }
        for (stream, partitions) in streams where isFree(.table(stream)) {
            let key = RegisterKey.table(stream)
            if isStale(key) {
                wanted.append((key, .read))
            } else if let table = change(of: stream, partitions: partitions) {
                wanted.append((key, .write(.table(table), expecting: cells[key]?.revision ?? 0)))
            }
        }
        return wanted
    }

    /// The names of the members, as far as they are known.
    public var members: [String] {
        guard case .members(let names)? = cells[.members]?.value else { return [] }
        return names
    }

    /// Whether every member's session was read, so that a plan does not forget those that live.
    var hasSeenMembers: Bool {
        members.contains(name)
            && members.allSatisfy { $0 == name || cells[.session($0)]?.value != nil || isMissing($0) }
    }

    private func isMissing(_ node: String) -> Bool { cells[.session(node)]?.readAt != nil }

    /// The session of another node as its register said last; nil if it is over, or was never there.
    public func session(of node: String) -> (id: SessionID, record: SessionRecord)? {
        guard case .session(let record)? = cells[.session(node)]?.value, record.phase != .ended else { return nil }
        return (SessionID(node: node, incarnation: record.incarnation), record)
    }

    /// The record that ends a node's session, where it was silent for so long that it cannot be valid any more.
    private func quietSession(_ node: String, now: Int64) -> SessionRecord? {
        guard lease.isSteady(now: now), let cell = cells[.session(node)],
            case .session(var record)? = cell.value, record.phase != .ended, cell.readAt != nil,
            now - cell.since >= timing.quiet
        else { return nil }
        record.phase = .ended
        return record
    }

    /// Whether a session is known to be over.
    func isOver(_ session: SessionID) -> Bool {
        session.incarnation <= ended[session.node] ?? 0 && ended[session.node] != nil
    }

    /// The plan for a stream as this node sees it; nil while its table is not known.
    public func plan(of stream: String) -> Balance? {
        guard let partitions = streams[stream] else { return nil }
        return plan(table(of: stream, partitions: partitions), stream)
    }

    /// Who owns the partitions of a stream, as far as this node knows.
    public func table(of stream: String) -> AssignmentTable? {
        guard case .table(let table)? = cells[.table(stream)]?.value else { return nil }
        return table
    }

    private func table(of stream: String, partitions: UInt32) -> AssignmentTable {
        guard case .table(let table)? = cells[.table(stream)]?.value, table.claims.count == Int(partitions) else {
            return AssignmentTable(partitions: partitions)
        }
        return table
    }

    private func plan(_ table: AssignmentTable, _ stream: String) -> Balance {
        var nodes: [SessionID] = []
        var leaving: Set<SessionID> = []
        for member in members where member != name {
            guard let (id, record) = session(of: member) else { continue }
            if record.phase == .live { nodes.append(id) } else { leaving.insert(id) }
        }
        if let own = lease.id {
            if lease.isLeaving { leaving.insert(own) } else { nodes.append(own) }
        }
        // Of a session that is not known to be over nobody takes anything, whatever became of its node.
        for claim in table.claims {
            if let owner = claim.owner, !nodes.contains(owner), !isOver(owner) { leaving.insert(owner) }
        }
        return Balance(of: table, stream: stream, nodes: nodes, keeping: leaving)
    }

    /// The table with what this node claims and gives up; nil if that is nothing.
    private func change(of stream: String, partitions: UInt32) -> AssignmentTable? {
        guard let own = lease.id else { return nil }
        var table = table(of: stream, partitions: partitions)
        let plan = plan(table, stream)
        var isChanged = false
        for number in 0..<partitions {
            let claim = table.claims[Int(number)]
            if claim.owner == own {
                guard drained[PartitionID(stream: stream, number: number)] == claim.epoch else { continue }
                table.release(number)
                isChanged = true
            } else if plan.owners[Int(number)] == own, claim.owner.map(isOver) ?? true {
                table.assign(number, to: own)
                isChanged = true
            }
        }
        return isChanged ? table : nil
    }

    /// Draws the conclusions from a register's new value.
    mutating func learn(from key: RegisterKey, now: Int64) {
        switch key {
        case .members: break
        case .session(let node):
            guard case .session(let record)? = cells[key]?.value else { return }
            if record.phase == .ended {
                if ended[node] != record.incarnation {
                    notes.append(.expelled(SessionID(node: node, incarnation: record.incarnation)))
                }
                ended[node] = max(ended[node] ?? 0, record.incarnation)
            } else if record.incarnation > 0 {
                // A later session replaced all before it.
                ended[node] = max(ended[node] ?? 0, record.incarnation - 1)
            }
        case .table(let stream): learnTable(stream)
        }
    }

    private mutating func learnTable(_ stream: String) {
        guard let own = lease.id, let partitions = streams[stream],
            case .table(let table)? = cells[.table(stream)]?.value, table.claims.count >= Int(partitions)
        else { return }
        for (partition, epoch) in drained where partition.stream == stream {
            let claim = table.claims[Int(partition.number)]
            if claim.owner != own || claim.epoch != epoch {
                drained[partition] = nil
                draining.remove(partition)
                notes.append(.released(partition, epoch: epoch))
            }
        }
        guard hasSeenMembers else { return }
        let plan = plan(table, stream)
        for number in 0..<partitions where table.claims[Int(number)].owner == own {
            let partition = PartitionID(stream: stream, number: number)
            // What was once begun is brought to its end: it may be half stopped.
            if plan.owners[Int(number)] != own { draining.insert(partition) }
        }
    }
}
