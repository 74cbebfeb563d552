import ForetailCluster
import ForetailTesting

/// What goes wrong in a simulated run, and how often.
struct SimulationFaults {
    /// How far the rates of clocks differ from true time, at most: 0.01 is a second in a hundred.
    var drift = 0.02
    /// One in so many messages is lost, each way; 0: none.
    var lossOneIn = 30
    /// One in so many readings is an old one; 0: none.
    var staleOneIn = 10
    /// Whether nodes are killed, paused, cut off, and leave.
    var hasTrouble = true
    /// Whether the registers are away for seconds at a time.
    var hasOutages = true
    /// A rule that is broken on purpose.
    var planted = Planted.nothing

    /// Faults that the judge has to see.
    enum Planted {
        case nothing
        /// The output takes whatever comes.
        case outputWithoutFence
        /// Nodes act without asking whether they still may.
        case actingWithoutLease
        /// Others wait shorter than a lease lasts.
        case noMargin
        /// Clocks that differ by more than the margin allows.
        case wildClocks
    }
}

/// What the judge saw.
struct SimulationResult {
    var violations: [String] = []
    /// Microseconds from a kill to the next owner of each partition, in runs where nothing else went wrong.
    var takeovers: [Int64] = []
    /// Outputs refused because another owner was there already.
    var refused = 0
    /// Changes of owners.
    var claims = 0
}

/// A cluster of ``ClusterNode`` in simulated time: delays, losses, pauses, kills, outages, clocks that differ, and owners that write
/// outputs by compare-and-set. Everything follows from the seed.
final class SimulatedCluster {
    private var random: SeededGenerator
    private let faults: SimulationFaults
    private let partitions: UInt32
    private var timing = ClusterTiming()
    private var now: Int64 = 0
    private var queue = EventQueue<Event>()
    private var registers: [RegisterKey: [(value: RegisterValue, revision: UInt64)]] = [:]
    private var revision: UInt64 = 0
    private var isAway = false
    private var nodes: [SimulatedNode] = []
    private var outputs: [SimulatedOutput]
    private(set) var result = SimulationResult()
    private var killedAt: [UInt32: Int64] = [:]
    private var isQuiet = false
    /// Microseconds between two looks of the judge, at least; 0: after every answer.
    var judgeEvery: Int64 = 0
    private var judgedAt: Int64 = 0

    private enum Event {
        case step(Int)
        case request(Int, life: UInt64, RegisterCommand)
        case answer(Int, life: UInt64, id: UInt64, RegisterAnswer)
        case work(Int, life: UInt64)
        case publish(Int, life: UInt64, SimulatedOutput.Write)
        case published(Int, life: UInt64, SimulatedOutput.Write, SimulatedOutput.Answer)
        case trouble
        case heal(Int)
        case restart(Int)
        case away(Bool)
        case append
    }

    init(seed: UInt64, nodes count: Int = 3, partitions: UInt32 = 8, faults: SimulationFaults = SimulationFaults()) {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        self.partitions = partitions
        outputs = (0..<partitions).map { _ in SimulatedOutput() }
        if faults.planted == .noMargin { timing.margin = -timing.lease + 1_500_000 }
        let drift = faults.planted == .wildClocks ? 0.6 : faults.drift
        for number in 0..<count {
            let rate = 1 + drift * (2 * random.unit() - 1)
            nodes.append(SimulatedNode(name: "n\(number)", rate: rate, offset: Int64(random.below(1_000_000_000))))
            boot(number)
        }
        queue.add(.append, at: 0)
    }

    // MARK: Running

    /// Trouble for a while, then peace; then everything must be owned, balanced, written to the end, and stay as it is.
    func run(troubleSeconds: Int = 60) -> SimulationResult {
        if faults.hasTrouble { queue.add(.trouble, at: 3_000_000) }
        if faults.hasOutages { queue.add(.away(true), at: 5_000_000 + Int64(random.below(20_000_000))) }
        run(until: Int64(troubleSeconds) * 1_000_000)
        isQuiet = true
        run(until: now + 45_000_000)
        judgePeace()
        let claims = result.claims
        run(until: now + 10_000_000)
        if result.claims != claims { violate("owners change although nothing happens") }
        judgePeace()
        return result
    }

    /// Kills one node of a quiet cluster and measures.
    func runKill() -> SimulationResult {
        run(until: 20_000_000)
        judgePeace()
        kill(random.below(nodes.count), restartsAfter: 60_000_000)
        run(until: now + 30_000_000)
        if !killedAt.isEmpty { violate("\(killedAt.count) partitions found no new owner within 30 s") }
        return result
    }

    /// Adds or takes away nodes and says how many partitions moved between nodes that stayed.
    func runGrowth(leaving: Int?) -> (moves: Int, loads: [Int]) {
        run(until: 30_000_000)
        let before = owners()
        if let leaving { nodes[leaving].node.leave() }
        run(until: now + 30_000_000)
        let after = owners()
        let moves = (0..<Int(partitions)).count { before[$0] != after[$0] && (leaving == nil || before[$0] != leaving) }
        return (moves, nodes.indices.map { place in after.count { $0 == place } })
    }

    private func owners() -> [Int?] {
        (0..<partitions).map { partition in
            nodes.firstIndex { $0.mayAct(PartitionID(stream: "s", number: partition), now: now) }
        }
    }

    private func run(until end: Int64) {
        while let (time, event) = queue.take(before: end) {
            now = time
            handle(event)
            // A node begins to own something with an answer; everything else only takes away.
            if case .answer = event, now - judgedAt >= judgeEvery {
                judgedAt = now
                judge()
            }
            if result.violations.count > 3 { break }
        }
        now = max(now, end)
    }

    private func handle(_ event: Event) {
        switch event {
        case .step(let number):
            queue.add(.step(number), at: now + 100_000 + Int64(random.below(50_000)))
            guard nodes[number].isRunning else { return }
            step(number)
        case .request(let number, let life, let command): serve(number, life, command)
        case .answer(let number, let life, let id, let answer):
            guard nodes[number].life == life else { return }
            guard nodes[number].isRunning else { return queue.add(event, at: now + 200_000) }
            nodes[number].take(answer, to: id, now: now)
            step(number)
        case .work(let number, let life):
            guard nodes[number].life == life else { return }
            queue.add(event, at: now + 40_000 + Int64(random.below(40_000)))
            guard nodes[number].isRunning else { return }
            work(number)
        case .publish(let number, let life, let write):
            guard !isAway, !isCut(number) else { return }
            let fenced = faults.planted != .outputWithoutFence
            let answer = outputs[Int(write.partition)].apply(write, isFenced: fenced, violations: &result.violations)
            if case .refused = answer { result.refused += 1 }
            guard !isLost() else { return }
            queue.add(.published(number, life: life, write, answer), at: now + delay())
        case .published(let number, let life, let write, let answer):
            guard nodes[number].life == life else { return }
            guard nodes[number].isRunning else { return queue.add(event, at: now + 200_000) }
            nodes[number].published(write, answer)
        case .trouble: trouble()
        case .heal(let number): nodes[number].heal()
        case .restart(let number): boot(number)
        case .away(let isGone):
            isAway = isGone
            if isGone {
                queue.add(.away(false), at: now + 500_000 + Int64(random.below(9_000_000)))
            } else if !isQuiet {
                queue.add(.away(true), at: now + 5_000_000 + Int64(random.below(20_000_000)))
            }
        case .append:
            queue.add(.append, at: now + 100_000)
            for place in outputs.indices { outputs[place].head += 1 }
        }
    }

    // MARK: Nodes

    private func boot(_ number: Int) {
        nodes[number].boot(instance: random.next(), timing: timing, partitions: partitions)
        queue.add(.step(number), at: now + Int64(random.below(200_000)))
        queue.add(.work(number, life: nodes[number].life), at: now + 50_000)
    }

    private func step(_ number: Int) {
        let life = nodes[number].life
        for command in nodes[number].step(now: now) where !isLost() {
            queue.add(.request(number, life: life, command), at: now + delay())
        }
        for case .claimed in nodes[number].node.takeNotes() { result.claims += 1 }
    }

    private func work(_ number: Int) {
        let life = nodes[number].life
        let acts = faults.planted == .actingWithoutLease
        for write in nodes[number].work(now: now, outputs: outputs, ignoresLease: acts, random: &random) where !isLost()
        {
            // Between asking whether it may and the server's taking it any time may pass.
            let isSlow = faults.hasTrouble && !isQuiet && random.one(in: 200)
            let pause = isSlow ? Int64(random.below(12_000_000)) : 0
            queue.add(.publish(number, life: life, write), at: now + delay() + pause)
        }
    }

    private func trouble() {
        guard !isQuiet else { return }
        queue.add(.trouble, at: now + 500_000 + Int64(random.below(8_000_000)))
        let number = random.below(nodes.count)
        guard nodes[number].isRunning else { return }
        switch random.below(5) {
        case 0: kill(number, restartsAfter: Int64(random.below(10_000_000)))
        case 1:
            nodes[number].isPaused = true
            queue.add(.heal(number), at: now + Int64(random.below(12_000_000)))
        case 2:
            nodes[number].isCut = true
            queue.add(.heal(number), at: now + Int64(random.below(12_000_000)))
        case 3:
            nodes[number].node.leave()
            nodes[number].isGoing = true
            queue.add(.restart(number), at: now + 5_000_000 + Int64(random.below(5_000_000)))
        default: break
        }
    }

    private func kill(_ number: Int, restartsAfter pause: Int64) {
        for partition in 0..<partitions
        where nodes[number].mayAct(PartitionID(stream: "s", number: partition), now: now) {
            killedAt[partition] = now
        }
        nodes[number].kill()
        queue.add(.restart(number), at: now + pause)
    }

    // MARK: Network and registers

    private func delay() -> Int64 {
        let usual = 500 + Int64(random.below(4_000))
        guard faults.hasTrouble, random.one(in: 50) else { return usual }
        return usual + Int64(random.below(isQuiet ? 50_000 : 5_000_000))
    }

    private func isLost() -> Bool { faults.lossOneIn > 0 && !isQuiet && random.one(in: faults.lossOneIn) }

    private func isCut(_ number: Int) -> Bool { nodes[number].isCut }

    private func serve(_ number: Int, _ life: UInt64, _ command: RegisterCommand) {
        guard !isAway, !isCut(number) else { return }
        let answer: RegisterAnswer
        var history = registers[command.key] ?? []
        switch command.operation {
        case .read:
            let isStale = faults.staleOneIn > 0 && history.count > 1 && random.one(in: faults.staleOneIn)
            let entry = isStale ? history[history.count - 2] : history.last
            answer = entry.map { .entry($0.value, revision: $0.revision) } ?? .missing
        case .write(let value, let expecting):
            if (history.last?.revision ?? 0) == expecting {
                revision += 1
                history.append((value, revision))
                if history.count > 4 { history.removeFirst() }
                registers[command.key] = history
                if case .table = command.key { result.claims += 1 }
                answer = .written(revision: revision)
            } else {
                answer = .refused
            }
        }
        guard !isLost() else { return }
        queue.add(.answer(number, life: life, id: command.id, answer), at: now + delay())
    }

    // MARK: Judging

    private func judge() {
        var owner = [Int?](repeating: nil, count: Int(partitions))
        for number in nodes.indices {
            for partition in nodes[number].acting(now: now) {
                if let other = owner[Int(partition)] {
                    violate("at \(now): n\(other) and n\(number) both believe to own \(partition)")
                }
                owner[Int(partition)] = number
                if let killed = killedAt.removeValue(forKey: partition) { result.takeovers.append(now - killed) }
            }
        }
    }

    private func judgePeace() {
        let owners = owners()
        for (partition, owner) in owners.enumerated() {
            if owner == nil { violate("partition \(partition) has no owner after 45 s of peace") }
        }
        let loads = nodes.indices.filter { nodes[$0].takesPart }.map { place in owners.count { $0 == place } }
        if let most = loads.max(), let least = loads.min(), most - least > 1 { violate("unbalanced: \(loads)") }
        for (partition, output) in outputs.enumerated() where output.through + 40 < output.head {
            violate("partition \(partition): written through \(output.through) of \(output.head)")
        }
    }

    private func violate(_ text: String) { result.violations.append(text) }
}
