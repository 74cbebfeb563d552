/// One node of a cluster, decided: who is alive, who owns what, and what this node has to do about it.
///
///     var node = ClusterNode(name: "n1", address: "http://127.0.0.1:7070", instance: 7)
///     node.setStreams(["metrics": 16])
///     for command in node.step(now: clock) { … }       // perform, then:
///     node.take(answer, to: command.id, now: clock)
///     node.duties                                      // which partitions to serve, and with which token
///     node.mayAct(on: partition, epoch: 3, now: clock) // asked before every output
///
/// Three kinds of registers hold all that nodes agree on: the names of members, a session per node (``SessionLease``), and a table
/// of owners per stream (``AssignmentTable``). A claim is good as long as its session is; so a node renews one register, however many
/// partitions it owns, and a table is written only when owners change. Before a partition of another session is claimed, that
/// session's register must say that it is over. That is for ever: it cannot be unsaid, so readings may be old without harm.
///
/// Pure: no clock, no I/O, no chance. Times are microseconds of one monotonic clock of the node.
public struct ClusterNode: Sendable {
    /// The node's own session.
    public internal(set) var lease: SessionLease
    /// What was learned and done, for status and logs; taken by ``takeNotes()``.
    var notes: [ClusterNote] = []
    let name: String
    let timing: ClusterTiming
    var cells: [RegisterKey: RegisterCell] = [:]
    var streams: [String: UInt32] = [:]
    /// Sessions that are known to be over: by name, the largest incarnation of which that is certain.
    var ended: [String: UInt64] = [:]
    /// Partitions given up by the shell, with their epochs, that the table does not say yet.
    var drained: [PartitionID: UInt32] = [:]
    /// Partitions that others are to have.
    var draining: Set<PartitionID> = []
    private var nextCommand: UInt64 = 1
    private var commands: [UInt64: RegisterKey] = [:]
    private var sessionCommand: (id: UInt64, sentAt: Int64)?

    /// Creates a node that has not joined.
    ///
    /// - Parameters:
    ///   - name: Its name, unique in the cluster.
    ///   - address: Where its API is reached.
    ///   - instance: A number that no other process has.
    ///   - timing: The durations, the same on all nodes.
    public init(name: String, address: String, instance: UInt64, timing: ClusterTiming = ClusterTiming()) {
        self.name = name
        self.timing = timing
        lease = SessionLease(name: name, address: address, instance: instance, timing: timing)
    }

    /// Says which streams there are, and with how many partitions each.
    public mutating func setStreams(_ streams: [String: UInt32]) {
        self.streams = streams
        for key in cells.keys {
            if case .table(let stream) = key, streams[stream] == nil { cells[key] = nil }
        }
        drained = drained.filter { streams[$0.key.stream] != nil }
        draining = draining.filter { streams[$0.stream] != nil }
    }

    /// Begins to leave: everything is drained, then the session ends (``SessionLease/isEnded``).
    public mutating func leave() { lease.leave() }

    /// Takes note that the shell has stopped serving a partition and published all that was due.
    public mutating func drained(_ partition: PartitionID, epoch: UInt32) { drained[partition] = epoch }

    /// The partitions this node owns, and what to do with each.
    ///
    /// Cost: one walk over the tables. Ask when something changed, not for every event.
    public var duties: [PartitionID: PartitionDuty] {
        guard let session = lease.id else { return [:] }
        var duties: [PartitionID: PartitionDuty] = [:]
        for (stream, _) in streams {
            guard case .table(let table)? = cells[.table(stream)]?.value else { continue }
            for (number, claim) in table.claims.enumerated() where claim.owner == session {
                let partition = PartitionID(stream: stream, number: UInt32(number))
                guard drained[partition] != claim.epoch else { continue }
                let isDraining = lease.isLeaving || draining.contains(partition)
                duties[partition] = PartitionDuty(epoch: claim.epoch, mode: isDraining ? .drain : .serve)
            }
        }
        return duties
    }

    /// Whether the node may act as the owner of a partition at this moment, under a fencing token it was given.
    ///
    /// True at most on one node at a time while clocks' rates differ by less than the margin. Between asking and acting any time may
    /// pass, so the output is fenced as well.
    public func mayAct(on partition: PartitionID, epoch: UInt32, now: Int64) -> Bool {
        guard lease.isValid(now: now), let session = lease.id,
            case .table(let table)? = cells[.table(partition.stream)]?.value, partition.number < table.claims.count
        else { return false }
        let claim = table.claims[Int(partition.number)]
        return claim.owner == session && claim.epoch == epoch && drained[partition] != epoch
    }

    /// What to ask of the registers now. Call at every answer, and at least every ``ClusterTiming/poll`` / 4.
    public mutating func step(now: Int64) -> [RegisterCommand] {
        expire(now: now)
        var out: [RegisterCommand] = []
        if let step = lease.step(now: now) {
            let operation: RegisterCommand.Operation =
                switch step {
                case .read: .read
                case .write(let record, let expecting): .write(.session(record), expecting: expecting)
                }
            sessionCommand = (nextCommand, now)
            out.append(RegisterCommand(id: nextCommand, key: .session(name), operation: operation))
            nextCommand += 1
        }
        guard lease.id != nil else { return out }
        for (key, operation) in wanted(now: now) {
            cells[key, default: RegisterCell()].pending = (nextCommand, operation, now)
            commands[nextCommand] = key
            out.append(RegisterCommand(id: nextCommand, key: key, operation: operation))
            nextCommand += 1
        }
        finishLeaving()
        return out
    }

    /// Takes the answer to a command. Answers to commands that were given up are ignored.
    public mutating func take(_ answer: RegisterAnswer, to id: UInt64, now: Int64) {
        if sessionCommand?.id == id {
            sessionCommand = nil
            return takeSession(answer, now: now)
        }
        guard let key = commands.removeValue(forKey: id), var cell = cells[key], let pending = cell.pending,
            pending.id == id
        else { return }
        cell.pending = nil
        switch (pending.operation, answer) {
        case (.read, .entry(let value, let revision)): cell.note(value, revision: revision, now: now)
        case (.read, .missing): cell.readAt = now
        case (.write(let value, _), .written(let revision)): cell.note(value, revision: revision, now: now)
        default: cell.readAt = nil
        }
        cells[key] = cell
        learn(from: key, now: now)
    }

    private mutating func takeSession(_ answer: RegisterAnswer, now: Int64) {
        let before = lease.id
        let isLost = lease.take(answer, now: now)
        if isLost, let before {
            notes.append(.lost(before))
            drained = [:]
            draining = []
        } else if before == nil, let id = lease.id {
            notes.append(.joined(id))
            // Earlier lives of the name are over.
            if id.incarnation > 0 { ended[name] = max(ended[name] ?? 0, id.incarnation - 1) }
            // What was known of an earlier life may be old.
            for key in cells.keys { cells[key]?.readAt = nil }
        }
    }

    /// Gives up on commands that were not answered in time.
    private mutating func expire(now: Int64) {
        if let pending = sessionCommand, now - pending.sentAt >= timing.answer {
            sessionCommand = nil
            takeSession(.unknown, now: now)
        }
        for (id, key) in commands {
            guard let pending = cells[key]?.pending, pending.id == id else {
                commands[id] = nil
                continue
            }
            if now - pending.sentAt >= timing.answer { take(.unknown, to: id, now: now) }
        }
    }

    private mutating func finishLeaving() {
        guard lease.isLeaving, let session = lease.id else { return }
        for stream in streams.keys {
            guard let cell = cells[.table(stream)] else { continue }
            guard cell.pending == nil, case .table(let table)? = cell.value else { return }
            if table.claims.contains(where: { $0.owner == session }) { return }
        }
        lease.end()
    }

    /// What happened since it was asked last.
    public mutating func takeNotes() -> [ClusterNote] {
        defer { notes = [] }
        return notes
    }
}
