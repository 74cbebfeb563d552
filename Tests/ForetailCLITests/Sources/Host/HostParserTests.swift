import Testing

@testable import ForetailCLI

@Suite struct HostParserTests {
    @Test("/proc/stat: ticks are summed by kind, guests counted once")
    func processors() throws {
        let text = """
            cpu  100 10 30 800 50 3 7 20 5 1
            cpu0 50 5 15 400 25 1 4 10 2 0
            intr 123456 0 9 0
            ctxt 987654
            btime 1700000000
            processes 4242
            procs_running 3
            procs_blocked 1
            softirq 1 2 3
            """
        let times = try #require(ProcessorTimes(parsing: text))
        #expect(times.user == 110)
        #expect(times.system == 40)
        #expect(times.idle == 800)
        #expect(times.waiting == 50)
        #expect(times.stolen == 20)
        #expect(times.total == 1_020)
        #expect(times.contextSwitches == 987_654)
        #expect(times.interrupts == 123_456)
        #expect(times.running == 3)
        #expect(times.blocked == 1)
    }

    @Test(
        "/proc/stat of an old kernel or a container: what is missing is missing",
        arguments: ["cpu 1 2 3 4", "cpu 1 2 3 4\n"])
    func shortProcessors(_ text: String) throws {
        let times = try #require(ProcessorTimes(parsing: text))
        #expect(times.total == 10)
        #expect(times.contextSwitches == nil)
    }

    @Test(
        "What is not /proc/stat is refused",
        arguments: ["", "\n", "cpu", "cpu 1 2 3", "cpu a b c d", "cpu0 1 2 3 4", "cpu -1 2 3 4"])
    func badProcessors(_ text: String) { #expect(ProcessorTimes(parsing: text) == nil) }

    @Test("/proc/loadavg")
    func load() throws {
        let load = try #require(LoadAverages(parsing: "0.52 1.07 0.90 2/345 6789\n"))
        #expect((load.one, load.five, load.fifteen) == (0.52, 1.07, 0.90))
        #expect(LoadAverages(parsing: "") == nil)
        #expect(LoadAverages(parsing: "0.1 0.2") == nil)
        #expect(LoadAverages(parsing: "nan 0.2 0.3") == nil)
    }

    @Test("/proc/meminfo: kilobytes become bytes")
    func memory() throws {
        let text =
            "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\nSwapTotal: 40 kB\nSwapFree: 30 kB\nHugePages_Total: 0\n"
        let memory = try #require(MemoryAmounts(parsing: text))
        #expect(memory.total == 1_024_000)
        #expect(memory.available == 256_000)
        #expect(memory.swapTotal == 40_960)
        #expect(memory.swapFree == 30_720)
        #expect(MemoryAmounts(parsing: "MemTotal: 1000 kB") == nil)
        #expect(MemoryAmounts(parsing: "MemTotal: 0 kB\nMemAvailable: 0 kB") == nil)
        #expect(MemoryAmounts(parsing: "MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB") == nil)
    }

    @Test("/proc/diskstats: whole devices only")
    func disks() {
        let text = """
               7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
             254       0 vda 49848 13887 100 67965 21209 39539 200 11997 0 19220 81415 6687 0 505320 1195 3146 256
             254       1 vda1 9 9 90 9 9 9 9 9 0 9 9
             259       0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0
             259       1 nvme0n1p1 1 0 8 0 1 0 16 0 0 0 0
             259       2 nvme0n2 1 0 8 0 1 0 16 0 0 0 0
             253       0 dm-0 1 0 8 0 1 0 16 0 0 0 0
             garbage
            """
        let all = DiskCounters.parse(text)
        #expect(all.count == 7)
        let whole = all.filter { $0.isWholeDevice(among: all) }
        #expect(whole.map(\.name) == ["vda", "nvme0n1", "nvme0n2"])
        #expect(whole[0] == DiskCounters(name: "vda", readBytes: 51_200, writtenBytes: 102_400))
    }

    @Test("/proc/net/dev: with and without a blank behind the colon")
    func networks() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:    3193      29    0    0    0     0          0         0     3194      29    0    0    0     0       0          0
              eth0:5903      41    0    0    0     0          0         0     5713      61    0    0    0     0       0          0
            """
        #expect(
            NetworkCounters.parse(text) == [
                NetworkCounters(name: "lo", receivedBytes: 3_193, sentBytes: 3_194),
                NetworkCounters(name: "eth0", receivedBytes: 5_903, sentBytes: 5_713),
            ])
    }

    @Test("/proc/pressure: totals of both kinds")
    func pressure() {
        let text =
            "some avg10=89.33 avg60=59.76 avg300=25.59 total=132172062\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
        #expect(PressureTotals(parsing: text)?.some == 132_172_062)
        #expect(PressureTotals(parsing: text)?.full == 7)
        #expect(PressureTotals(parsing: "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n")?.full == nil)
        #expect(PressureTotals(parsing: "full avg10=0.00 total=5") == nil)
        #expect(PressureTotals(parsing: "") == nil)
    }
}
