/// What /proc says at one moment. Anything may be missing: a container sees what it is given.
struct HostSnapshot: Equatable {
    /// `/proc/stat`.
    var processors: ProcessorTimes?
    /// `/proc/loadavg`.
    var load: LoadAverages?
    /// `/proc/meminfo`.
    var memory: MemoryAmounts?
    /// `/proc/diskstats`, whole devices that were ever used.
    var disks: [DiskCounters] = []
    /// `/proc/net/dev`, interfaces that were ever used, the loopback last.
    var networks: [NetworkCounters] = []
    /// `/proc/pressure/cpu`.
    var processorPressure: PressureTotals?
    /// `/proc/pressure/memory`.
    var memoryPressure: PressureTotals?
    /// `/proc/pressure/io`.
    var diskPressure: PressureTotals?

    /// Devices, and interfaces, that are told of at most.
    static let deviceLimit = 8

    /// Reads everything.
    ///
    /// - Parameter read: The text of a file under `/proc`, or nil.
    init(reading read: (String) -> String?) {
        processors = read("stat").flatMap(ProcessorTimes.init(parsing:))
        load = read("loadavg").flatMap(LoadAverages.init(parsing:))
        memory = read("meminfo").flatMap(MemoryAmounts.init(parsing:))
        let all = read("diskstats").map(DiskCounters.parse) ?? []
        let whole = all.filter { $0.isWholeDevice(among: all) && $0.readBytes | $0.writtenBytes > 0 }
        disks = Array(whole.prefix(Self.deviceLimit))
        let used = (read("net/dev").map(NetworkCounters.parse) ?? []).filter { $0.receivedBytes | $0.sentBytes > 0 }
        networks = Array(used.filter { $0.name != "lo" }.prefix(Self.deviceLimit)) + used.filter { $0.name == "lo" }
        processorPressure = read("pressure/cpu").flatMap(PressureTotals.init(parsing:))
        memoryPressure = read("pressure/memory").flatMap(PressureTotals.init(parsing:))
        diskPressure = read("pressure/io").flatMap(PressureTotals.init(parsing:))
    }
}
