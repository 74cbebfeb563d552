/// A deterministic simulation of streams, requests and accidents over the pure core, in the manner of TigerBeetle's VOPR.
///
///     let report = try Simulator.run(seed: 42)         // throws SimulationFailure at the first broken rule
///
/// The seed decides everything: streams with their keys, clocks and disorder; requests that come, change and go; late,
/// duplicated, missing, broken and far-off events; budgets too small. The plan is carried out twice: event by event under an
/// independent judge of docs/records.md (``Judge``), and in random batches with training results that come late or
/// never, whose rendered output must be the same to the byte.
public enum Simulator {
    /// Runs one seed.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - sabotage: A bug to plant between the manager and its judge.
    /// - Returns: What happened; nil when a bug was to be planted and the plan gave no occasion.
    /// - Throws: ``SimulationFailure`` at the first rule that is broken.
    public static func run(
        seed: UInt64, sabotage: Sabotage? = nil
    ) throws(SimulationFailure) -> SimulationReport? {
        let plan = SimulationPlan(seed: seed)
        var judged = SimulationRun(plan, isJudged: true, sabotage: sabotage)
        try judged.run()
        if sabotage != nil { return judged.isSabotaged ? judged.report : nil }
        var batched = SimulationRun(plan, isJudged: false)
        try batched.run()
        if judged.output != batched.output {
            throw difference(judged.output, batched.output, seed: seed, steps: plan.steps.count)
        }
        var report = judged.report
        for byte in judged.output { report.fingerprint = (report.fingerprint ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return report
    }

    /// Runs the seeds of a range and adds up what happened.
    ///
    /// - Throws: ``SimulationFailure`` of the first seed that breaks a rule.
    public static func run(seeds: Range<UInt64>) throws(SimulationFailure) -> SimulationReport {
        var total = SimulationReport()
        for seed in seeds {
            if let report = try run(seed: seed) { total.add(report) }
        }
        return total
    }

    private static func difference(
        _ one: [UInt8], _ other: [UInt8], seed: UInt64, steps: Int
    ) -> SimulationFailure {
        let first = one.split(separator: 0x0A)
        let second = other.split(separator: 0x0A)
        let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let line = place ?? min(first.count, second.count)
        func text(_ lines: [ArraySlice<UInt8>]) -> String {
            line < lines.count ? String(decoding: lines[line], as: UTF8.self) : "(nothing)"
        }
        return SimulationFailure(
            seed: seed, step: steps,
            message: "the same events in other batches, or training results at other times, gave other output",
            lastActions: [
                "record \(line + 1) of \(first.count), event by event: \(text(first))", "in batches: \(text(second))",
            ])
    }
}
