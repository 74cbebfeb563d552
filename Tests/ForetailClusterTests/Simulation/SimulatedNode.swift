import ForetailCluster
import ForetailTesting

/// A node with its clock, its faults, and an owner's loop for each of its partitions.
struct SimulatedNode {
    let name: String
    private let rate: Double
    private let offset: Int64
    private(set) var life: UInt64 = 0
    var node = ClusterNode(name: "", address: "", instance: 0)
    private(set) var isDead = true
    var isPaused = false
    var isCut = false
    /// Whether it was asked to leave.
    var isGoing = false
    private var workers: [PartitionID: Worker] = [:]

    /// The owner's loop of one partition.
    private struct Worker {
        var epoch: UInt32
        /// What is known of the output; nil: it has to be read.
        var known: (revision: UInt64, through: Int)?
        var isWriting = false
        var isFenced = false
        var readyAt: Int64
    }

    init(name: String, rate: Double, offset: Int64) {
        self.name = name
        self.rate = rate
        self.offset = offset
    }

    var isRunning: Bool { !isDead && !isPaused }
    var takesPart: Bool { !isDead && !isGoing }

    private func clock(_ now: Int64) -> Int64 { offset + Int64(Double(now) * rate) }

    mutating func boot(instance: UInt64, timing: ClusterTiming, partitions: UInt32) {
        life += 1
        node = ClusterNode(name: name, address: "", instance: instance, timing: timing)
        node.setStreams(["s": partitions])
        isDead = false
        isPaused = false
        isGoing = false
        workers = [:]
    }

    mutating func kill() {
        isDead = true
        life += 1
    }

    mutating func heal() {
        isPaused = false
        isCut = false
    }

    mutating func step(now: Int64) -> [RegisterCommand] { node.step(now: clock(now)) }

    mutating func take(_ answer: RegisterAnswer, to id: UInt64, now: Int64) {
        node.take(answer, to: id, now: clock(now))
    }

    func mayAct(_ partition: PartitionID, now: Int64) -> Bool {
        guard !isDead, let duty = node.duties[partition] else { return false }
        return node.mayAct(on: partition, epoch: duty.epoch, now: clock(now))
    }

    /// The partitions that the node believes to own at this moment.
    func acting(now: Int64) -> [UInt32] {
        guard !isDead else { return [] }
        return node.duties.filter { node.mayAct(on: $0.key, epoch: $0.value.epoch, now: clock(now)) }.map(\.key.number)
    }

    /// One turn of every owner's loop.
    mutating func work(
        now: Int64, outputs: [SimulatedOutput], ignoresLease: Bool, random: inout SeededGenerator
    ) -> [SimulatedOutput.Write] {
        let duties = ignoresLease && node.duties.isEmpty ? lastDuties : node.duties
        lastDuties = duties
        for partition in workers.keys where duties[partition]?.epoch != workers[partition]?.epoch {
            workers[partition] = nil
        }
        var writes: [SimulatedOutput.Write] = []
        for (partition, duty) in duties.sorted(by: { $0.key < $1.key }) {
            var worker =
                workers[partition]
                ?? Worker(epoch: duty.epoch, known: nil, readyAt: now + Int64(random.below(300_000)))
            defer { workers[partition] = worker }
            if duty.mode == .drain {
                if !worker.isWriting { node.drained(partition, epoch: duty.epoch) }
                continue
            }
            guard !worker.isFenced, !worker.isWriting, now >= worker.readyAt,
                ignoresLease || node.mayAct(on: partition, epoch: duty.epoch, now: clock(now))
            else { continue }
            let output = outputs[Int(partition.number)]
            guard let known = worker.known else {
                worker.known = (output.revision, output.through)
                continue
            }
            guard output.head > known.through else { continue }
            worker.isWriting = true
            worker.readyAt = now + 3_000_000
            writes.append(
                SimulatedOutput.Write(
                    partition: partition.number, epoch: duty.epoch, expecting: known.revision, from: known.through + 1,
                    through: min(output.head, known.through + 1 + random.below(8))))
        }
        // Whoever never hears of a write looks again.
        for partition in workers.keys {
            guard let worker = workers[partition], worker.isWriting, now >= worker.readyAt else { continue }
            workers[partition]?.isWriting = false
            workers[partition]?.known = nil
        }
        return writes
    }

    private var lastDuties: [PartitionID: PartitionDuty] = [:]

    mutating func published(_ write: SimulatedOutput.Write, _ answer: SimulatedOutput.Answer) {
        let partition = PartitionID(stream: "s", number: write.partition)
        guard var worker = workers[partition], worker.epoch == write.epoch, worker.isWriting else { return }
        worker.isWriting = false
        worker.readyAt = 0
        switch answer {
        case .accepted(let revision): worker.known = (revision, write.through)
        case .refused(let epoch):
            worker.known = nil
            if epoch > worker.epoch { worker.isFenced = true }
        }
        workers[partition] = worker
    }
}
