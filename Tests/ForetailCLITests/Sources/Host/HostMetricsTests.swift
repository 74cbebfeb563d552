import FieldExtraction
import Testing

@testable import ForetailCLI

@Suite struct HostMetricsTests {
    private func snapshot(_ files: [String: String]) -> HostSnapshot { HostSnapshot { files[$0] } }

    private func figures(_ metrics: HostMetrics) -> [String] {
        metrics.all.map { metric in
            var text: [UInt8] = []
            NumberText.appendDecimal(metric.mantissa, -metric.decimals, to: &text)
            return "\(metric.name) \(String(decoding: text, as: UTF8.self)) \(metric.unit)"
        }
    }

    @Test("Two snapshots give levels, and rates over the time between them")
    func rates() {
        let pad = " 0 0 0 0 0 0 "
        let earlier = snapshot([
            "stat": "cpu 100 0 100 700 100\nctxt 1000\nintr 500 1 2",
            "diskstats": "254 0 vda 1 0 100 0 1 0 200 0 0 0 0",
            "net/dev": "lo: 10 0\(pad)10 0\neth0: 1000 0\(pad)2000 0",
            "pressure/io": "some avg10=0 total=1000000\nfull avg10=0 total=500000",
        ])
        let later = snapshot([
            "stat": "cpu 125 0 125 830 120\nctxt 2000\nintr 600 1 2\nprocs_running 3\nprocs_blocked 0",
            "loadavg": "0.52 1.00 0.90 2/345 6789",
            "meminfo": "MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB",
            "diskstats": "254 0 vda 1 0 102 0 1 0 200 0 0 0 0",
            "net/dev": "lo: 30 0\(pad)30 0\neth0: 3000 0\(pad)2000 0",
            "pressure/io": "some avg10=0 total=1200000\nfull avg10=0 total=500000",
        ])
        #expect(
            figures(HostMetrics(from: earlier, to: later, seconds: 2)) == [
                "cpu.percent 25.0 %", "cpu.user 12.5 %", "cpu.system 12.5 %", "cpu.iowait 10.0 %",
                "context_switches 500 1/s", "interrupts 50 1/s", "cpu.seconds 2.50 s", "context_switches.total 2000 ",
                "interrupts.total 600 ", "processes.running 3 ", "processes.blocked 0 ",
                "load.1 0.52 ", "load.5 1.00 ", "load.15 0.90 ",
                "memory.used_percent 75.0 %", "memory.available 256000 B",
                "disk.vda.read 512 B/s", "disk.vda.write 0 B/s",
                "pressure.io.some 10.0 %", "pressure.io.full 0.0 %",
                "net.eth0.receive 1000 B/s", "net.eth0.send 0 B/s", "net.lo.receive 10 B/s", "net.lo.send 10 B/s",
            ])
    }

    private static let levels = ["cpu.seconds 0.02 s", "context_switches.total 10 ", "processes.running 2 "]

    @Test("Counters that began anew give no rate, and neither does a first look")
    func reset() {
        let earlier = snapshot(["stat": "cpu 100 0 100 700 100\nctxt 1000"])
        let later = snapshot(["stat": "cpu 1 0 1 7 1\nctxt 10\nprocs_running 2"])
        #expect(figures(HostMetrics(from: earlier, to: later, seconds: 1)) == Self.levels)
        #expect(figures(HostMetrics(from: nil, to: later, seconds: 1)) == Self.levels)
    }

    @Test("Where nothing can be seen there are no figures")
    func nothing() {
        #expect(snapshot([:]) == snapshot(["stat": "", "meminfo": "?"]))
        #expect(HostMetrics(from: nil, to: snapshot([:]), seconds: 1).all.isEmpty)
    }

    @Test("A figure is an event with time, metric, value and unit")
    func event() {
        var text: [UInt8] = []
        let time = Timestamp(parsing: "2026-11-22T11:00:00Z")!
        HostMetric("cpu.percent", 12.46, decimals: 1, unit: "%").append(at: time, to: &text)
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"time":"2026-11-22T11:00:00Z","metric":"cpu.percent","value":12.5,"unit":"%"}"#)
    }
}
