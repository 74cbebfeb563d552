/// The counters of `/proc/stat`: what the processors did since the machine started.
struct ProcessorTimes: Equatable {
    /// Clock ticks spent in user mode, nice included.
    var user: UInt64
    /// Clock ticks spent in the kernel, interrupts included.
    var system: UInt64
    /// Clock ticks idle.
    var idle: UInt64
    /// Clock ticks idle with a disk request outstanding.
    var waiting: UInt64
    /// Clock ticks taken by other guests of the host.
    var stolen: UInt64
    /// Context switches.
    var contextSwitches: UInt64?
    /// Interrupts.
    var interrupts: UInt64?
    /// Processes ready to run.
    var running: UInt64?
    /// Processes waiting for a disk.
    var blocked: UInt64?

    /// Clock ticks a second: what Linux shows to user space, whatever its own clock.
    static let ticksPerSecond = 100.0

    /// All clock ticks.
    var total: UInt64 { user + system + idle + waiting + stolen }

    /// Reads the text of `/proc/stat`; nil if its first line is not the processors' sum.
    init?(parsing text: String) {
        var lines = text.split(separator: "\n")[...]
        guard let words = lines.popFirst()?.split(separator: " "), words.first == "cpu", words.count >= 5 else {
            return nil
        }
        let ticks = words.dropFirst().map { UInt64($0) }
        guard !ticks.contains(nil) else { return nil }
        func tick(_ index: Int) -> UInt64 { index < ticks.count ? ticks[index] ?? 0 : 0 }
        // Guest time (8, 9) is within user and nice already.
        user = tick(0) &+ tick(1)
        system = tick(2) &+ tick(5) &+ tick(6)
        idle = tick(3)
        waiting = tick(4)
        stolen = tick(7)
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1, let value = UInt64(words[1]) else { continue }
            switch words[0] {
            case "ctxt": contextSwitches = value
            case "intr": interrupts = value
            case "procs_running": running = value
            case "procs_blocked": blocked = value
            default: break
            }
        }
    }
}
