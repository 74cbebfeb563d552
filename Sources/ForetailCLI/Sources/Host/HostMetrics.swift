/// The figures that two snapshots give: levels of the later one, rates between them.
struct HostMetrics {
    /// The figures, in a fixed order.
    private(set) var all: [HostMetric] = []

    /// Works out the figures.
    ///
    /// - Parameters:
    ///   - earlier: The snapshot before; nil: levels only.
    ///   - later: The snapshot now.
    ///   - seconds: The time between them, above zero.
    init(from earlier: HostSnapshot?, to later: HostSnapshot, seconds: Double) {
        addProcessors(from: earlier?.processors, to: later.processors, seconds: seconds)
        if let load = later.load {
            all.append(HostMetric("load.1", load.one, decimals: 2, unit: ""))
            all.append(HostMetric("load.5", load.five, decimals: 2, unit: ""))
            all.append(HostMetric("load.15", load.fifteen, decimals: 2, unit: ""))
        }
        addMemory(later.memory)
        for disk in later.disks {
            let before = earlier?.disks.first { $0.name == disk.name }
            addRate(
                "disk.\(disk.name).read", from: before?.readBytes, to: disk.readBytes, seconds: seconds, unit: "B/s")
            addRate(
                "disk.\(disk.name).write", from: before?.writtenBytes, to: disk.writtenBytes, seconds: seconds,
                unit: "B/s")
        }
        addPressure(
            "cpu", from: earlier?.processorPressure, to: later.processorPressure, seconds: seconds, hasFull: false)
        addPressure("memory", from: earlier?.memoryPressure, to: later.memoryPressure, seconds: seconds)
        addPressure("io", from: earlier?.diskPressure, to: later.diskPressure, seconds: seconds)
        for network in later.networks {
            let before = earlier?.networks.first { $0.name == network.name }
            addRate(
                "net.\(network.name).receive", from: before?.receivedBytes, to: network.receivedBytes, seconds: seconds,
                unit: "B/s")
            addRate(
                "net.\(network.name).send", from: before?.sentBytes, to: network.sentBytes, seconds: seconds,
                unit: "B/s")
        }
    }

    private mutating func addProcessors(from earlier: ProcessorTimes?, to later: ProcessorTimes?, seconds: Double) {
        guard let later else { return }
        if let earlier, later.total > earlier.total {
            let total = Double(later.total - earlier.total)
            // The kernel's idle and waiting counters can step back by a tick.
            func share(_ part: (ProcessorTimes) -> UInt64) -> Double {
                100 * min(1, max(0, Double(part(later)) - Double(part(earlier))) / total)
            }
            let busy = 100 - share { $0.idle } - share { $0.waiting }
            all.append(HostMetric("cpu.percent", max(0, busy), decimals: 1, unit: "%"))
            all.append(HostMetric("cpu.user", share { $0.user }, decimals: 1, unit: "%"))
            all.append(HostMetric("cpu.system", share { $0.system }, decimals: 1, unit: "%"))
            all.append(HostMetric("cpu.iowait", share { $0.waiting }, decimals: 1, unit: "%"))
        }
        addRate(
            "context_switches", from: earlier?.contextSwitches, to: later.contextSwitches, seconds: seconds, unit: "1/s"
        )
        addRate("interrupts", from: earlier?.interrupts, to: later.interrupts, seconds: seconds, unit: "1/s")
        addTotals(later)
        if let running = later.running {
            all.append(HostMetric("processes.running", Double(running), decimals: 0, unit: ""))
        }
        if let blocked = later.blocked {
            all.append(HostMetric("processes.blocked", Double(blocked), decimals: 0, unit: ""))
        }
    }

    /// Adds the counters behind the rates: they go on through a gap, and show a trend where rates show noise.
    private mutating func addTotals(_ processors: ProcessorTimes) {
        let busy = processors.user &+ processors.system &+ processors.stolen
        all.append(
            HostMetric("cpu.seconds", Double(busy) / ProcessorTimes.ticksPerSecond, decimals: 2, unit: "s"))
        if let switches = processors.contextSwitches {
            all.append(HostMetric("context_switches.total", Double(switches), decimals: 0, unit: ""))
        }
        if let interrupts = processors.interrupts {
            all.append(HostMetric("interrupts.total", Double(interrupts), decimals: 0, unit: ""))
        }
    }

    private mutating func addMemory(_ memory: MemoryAmounts?) {
        guard let memory else { return }
        let used = Double(memory.total - memory.available) / Double(memory.total)
        all.append(HostMetric("memory.used_percent", 100 * used, decimals: 1, unit: "%"))
        all.append(HostMetric("memory.available", Double(memory.available), decimals: 0, unit: "B"))
        if let total = memory.swapTotal, let free = memory.swapFree, total > 0, free <= total {
            all.append(
                HostMetric("swap.used_percent", 100 * Double(total - free) / Double(total), decimals: 1, unit: "%"))
        }
    }

    private mutating func addPressure(
        _ resource: String, from earlier: PressureTotals?, to later: PressureTotals?, seconds: Double,
        hasFull: Bool = true
    ) {
        addShare("pressure.\(resource).some", from: earlier?.some, to: later?.some, seconds: seconds)
        // For the processor as a whole the kernel says zero: some task runs always.
        if hasFull { addShare("pressure.\(resource).full", from: earlier?.full, to: later?.full, seconds: seconds) }
    }

    private mutating func addShare(_ name: String, from earlier: UInt64?, to later: UInt64?, seconds: Double) {
        guard let earlier, let later, later >= earlier else { return }
        let share = Double(later - earlier) / 1e6 / seconds
        all.append(HostMetric(name, 100 * min(1, share), decimals: 1, unit: "%"))
    }

    /// Adds a rate, unless the counter began anew or was not there before.
    private mutating func addRate(
        _ name: String, from earlier: UInt64?, to later: UInt64?, seconds: Double, unit: String
    ) {
        guard let earlier, let later, later >= earlier else { return }
        all.append(HostMetric(name, Double(later - earlier) / seconds, decimals: 0, unit: unit))
    }
}
