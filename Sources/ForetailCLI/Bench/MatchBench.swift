import FieldExtraction
import FilterLanguage
import Foretail

/// One run of `foretail bench match`: builds an index of rules, passes events through it on this thread, and says how fast.
struct MatchBench: ~Copyable {
    /// Passes over the events; the fastest counts.
    static let passes = 5
    /// Events between two rounds of updates.
    static let updateBlock = 256

    private let rules: [String]
    private let events: BenchFile
    private let plan: FieldPlan
    private var scanner: JSONScanner
    private let row: FieldRow
    private var index: FilterIndex
    /// The group of each rule.
    private var groups: [Int]
    private(set) var result: MatchBenchResult

    /// Reads the rules and builds the index.
    static func make(rules path: String, events eventPath: String) throws -> MatchBench {
        let file = try BenchFile(path: path)
        let events = try BenchFile(path: eventPath)
        let started = BenchClock.now
        let rules = try RuleLines.read(file)
        var plan = FieldPlan()
        var index = FilterIndex()
        var groups: [Int] = []
        groups.reserveCapacity(rules.count)
        for (number, rule) in rules.enumerated() {
            do throws(FilterError) {
                let filter = try Filter(rule)
                for field in filter.fields { plan.add(field) }
                groups.append(index.insert(filter, plan: plan))
            } catch {
                throw ForetailError(.badFilter, "rule \(number + 1): \(error.description)")
            }
        }
        var result = MatchBenchResult()
        result.buildSeconds = BenchClock.now - started
        result.rules = rules.count
        result.events = events.lines.count
        result.scanned = index.scannedCount
        return MatchBench(
            rules: rules, events: events, plan: plan, index: index, groups: groups, result: result)
    }

    private init(
        rules: [String], events: BenchFile, plan: FieldPlan, index: consuming FilterIndex, groups: [Int],
        result: MatchBenchResult
    ) {
        self.rules = rules
        self.events = events
        self.plan = plan
        self.index = index
        self.groups = groups
        self.result = result
        scanner = JSONScanner(plan: plan)
        row = FieldRow(count: plan.count)
    }

    /// Measures matching, then matching with updates in between.
    mutating func run() throws {
        let uses = (0..<index.capacity).map { index.uses(of: $0) }
        var best = Double.infinity
        for _ in 0..<MatchBench.passes {
            var (matches, bad) = (0, 0)
            let started = BenchClock.now
            for line in events.lines {
                guard scanner.scan(line, into: row.slots).isValid else {
                    bad += 1
                    continue
                }
                for group in index.match(row.slots) { matches += uses[Int(group)] }
            }
            best = min(best, BenchClock.now - started)
            result.matches = matches
            result.bad = bad
        }
        result.eventsPerSecond = Double(events.lines.count) / best
        result.bytesPerFilter = Double(index.bytes) / Double(max(1, rules.count))
        result.replanned = index.replanned
        try update()
    }

    /// Matches a block of events, then updates filters for as long as that took: matching runs at half speed.
    ///
    /// An update compiles a filter, removes one and inserts the other.
    private mutating func update() throws {
        guard !rules.isEmpty, !events.lines.isEmpty else { return }
        var updates = 0
        var matching = 0.0
        var updating = 0.0
        var next = 0
        var rule = 0
        while matching < 1 {
            let started = BenchClock.now
            for _ in 0..<MatchBench.updateBlock {
                if scanner.scan(events.lines[next], into: row.slots).isValid { _ = index.match(row.slots) }
                next = (next + 1) % events.lines.count
            }
            matching += BenchClock.now - started
            while updating < matching {
                let begun = BenchClock.now
                for _ in 0..<16 {
                    let filter = try Filter(rules[(rule + rules.count / 2 + updates / rules.count) % rules.count])
                    index.remove(groups[rule])
                    groups[rule] = index.insert(filter, plan: plan)
                    rule = (rule + 1) % rules.count
                    updates += 1
                }
                updating += BenchClock.now - begun
            }
        }
        result.updatesPerSecond = Double(updates) / (matching + updating)
    }

    /// Compares every event's matches with those of a linear scan, rule by rule; returns the number of differences.
    mutating func check() throws -> Int {
        let filters = try rules.map { try Filter($0).bound(to: plan) }
        groups = []
        index = FilterIndex()
        for rule in rules { groups.append(index.insert(try Filter(rule), plan: plan)) }
        var evaluator = FilterEvaluator()
        var matched = [Bool](repeating: false, count: index.capacity)
        var differences = 0
        for line in events.lines {
            guard scanner.scan(line, into: row.slots).isValid else { continue }
            let found = index.match(row.slots)
            for group in found { matched[Int(group)] = true }
            for rule in filters.indices {
                let isMatch = evaluator.evaluate(filters[rule], row: row.slots).isMatch
                if isMatch != matched[groups[rule]] { differences += 1 }
            }
            for group in found { matched[Int(group)] = false }
        }
        return differences
    }
}
