import ArgumentParser
import FieldExtraction
import ForetailTesting
import Glibc
import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct CategoryScoreTests {
    private let folder = TemporaryFolder()

    /// Sessions that mostly follow one another's steps, some words seen once, and a field that is missing now and then.
    private var events: [(entity: String, token: String?)] {
        var random = SeededGenerator(seed: 5)
        var steps: [Int: Int] = [:]
        return (0..<1_500).map { number in
            let entity = Int.random(in: 0..<6, using: &random)
            let step = steps[entity, default: 0]
            steps[entity] = Int.random(in: 0..<8, using: &random) == 0 ? 0 : (step + 1) % 5
            if number % 97 == 0 { return ("k\(entity)", "once\(number)") }
            if number % 61 == 0 { return ("k\(entity)", nil) }
            return ("k\(entity)", "t\(step)")
        }
    }

    private func write(_ events: [(entity: String, token: String?)]) -> String {
        let lines = events.enumerated().map { number, event in
            let token = event.token.map { #","token":"\#($0)""# } ?? ""
            return #"{"time":\#(1_700_000_000 + number),"entity":"\#(event.entity)"\#(token)}"# + "\n"
        }
        folder.write(lines.joined(), to: "events.ndjson")
        return folder.file("events.ndjson")
    }

    @Test("Accuracy, bits, coverage and calibration are those of a plain count over the records of a tail")
    func plainCount() async throws {
        let events = events
        let file = write(events)
        let records = folder.file("records")
        let options = [file, "--key", "entity", "--predict", "token", "-q"]
        let tail = ["--ahead", "--announce", "every", "--min-confidence", "0", "--alternatives", "9", "--to", records]
        try await TailRun(TailOptions.parse(options + tail + ["--format", "ndjson"])).run()
        let plain = try PlainCategoryCount(records: folder.text("records"), events: events)
        let report = try BacktestRun(BacktestOptions.parse(options)).report()
        let score = try #require(report.all.account.categories.first { $0.name == "token" }?.score)

        #expect(plain.scored > 1_400 && plain.untold > 0 && plain.values > 10)
        #expect(score.events == plain.scored && score.untold == plain.untold && score.values == plain.values)
        #expect(abs(score.bits! - plain.bits) < 1e-5)
        #expect(abs(score.bitsByFrequency! - plain.frequencyBits) < 1e-5)
        #expect(score.accuracy.map { Int(($0! * Double(plain.scored)).rounded()) } == plain.top)
        #expect(score.accuracyByFrequency.map { Int(($0! * Double(plain.scored)).rounded()) } == plain.frequencyTop)
        #expect(score.coverage.map { Int(($0! * Double(plain.scored)).rounded()) } == plain.covered)
        for (precision, (right, covered)) in zip(score.precision, zip(plain.right, plain.covered)) {
            #expect(precision.map { abs($0 - Double(right) / Double(covered)) < 1e-9 } ?? (covered == 0))
        }
        #expect(abs(score.reliability.expectedError! - plain.calibrationError) < 1e-6)
        #expect(score.saved! > 0.2)
        // Of a key's events one in six is the next one, a second apart each.
        #expect((1_000_000...12_000_000).contains(score.leads.median!))
    }

    @Test("Text, JSON and page show what was told")
    func reports() throws {
        let options = try BacktestOptions.parse([write(events), "--key", "entity", "--predict", "token", "-q"])
        let report = try BacktestRun(options).report()
        let text = TextReport(report).text()
        #expect(text.contains("categories") && text.contains("reliability") && text.contains("bits per event"))
        #expect(report.all.categoryNames == ["token"])
        var limits = ScanLimits()
        limits.fields = 1_000_000
        let json = try JSONValue(parsing: JSONReport(report).bytes, limits: limits)
        guard case .array(let fields)? = json["all"]?["categories"], let field = fields.first else {
            Issue.record("no categories")
            return
        }
        #expect(field["name"] == .string("token"))
        let score = report.all.account.categories[0].score
        guard case .double(let bits)? = field["bits"] else {
            Issue.record("no bits")
            return
        }
        #expect(abs(bits - score.bits!) < 1e-6)
        #expect(field["top9"] != nil && field["precision90"] != nil && field["reliability"] != nil)
        #expect(HTMLReport(report).text.contains("What comes next"))
        #expect(HTMLReport(report).text.contains("Bits per event"))
    }

    @Test("Of noise nothing is saved, and the verdict does not claim it")
    func noise() throws {
        var random = SeededGenerator(seed: 9)
        let words = (0..<3_000).map { _ in (entity: "k", token: Optional("w\(Int.random(in: 0..<20, using: &random))"))
        }
        let options = try BacktestOptions.parse([write(words), "--key", "entity", "--predict", "token", "-q"])
        let report = try BacktestRun(options).report()
        let score = try #require(report.all.account.categories.first?.score)
        #expect(abs(score.saved!) < 0.02)
        #expect(score.coverage[1] == 0)
        #expect(!Verdict(report.all).text.contains("fewer bits"))
    }

    @Test("A change of ways shows in the bits over time, and is learned within a few hundred events")
    func change() throws {
        // Two orders of the same words, one after the other.
        let words = (0..<4_000).map { number in
            (entity: "k", token: Optional("w\(number < 2_000 ? number % 7 : number * 3 % 7)"))
        }
        let options = try BacktestOptions.parse([write(words), "--key", "entity", "--predict", "token", "-q"])
        let points = try BacktestRun(options).report().files[0].timeline.points
        var events = 0
        var before: [Double] = []
        var at: [Double] = []
        var after: [Double] = []
        for point in points where point.priced > 0 {
            let bits = point.bits / Double(point.priced)
            if (1_000..<1_950).contains(events) { before.append(bits) }
            if (1_990..<2_030).contains(events) { at.append(bits) }
            if events >= 2_300 { after.append(bits) }
            events += point.events
        }
        #expect(before.max()! < 0.1)
        #expect(at.max()! > 1)
        #expect(after.max()! < 0.1)
    }

    @Test("Ranks by frequency are those of a sort")
    func ranks() {
        var random = SeededGenerator(seed: 3)
        var frequencies = CategoryFrequencies()
        var counts: [(tag: Double, count: Int)] = []
        for _ in 0..<4_000 {
            let tag = Double(Int.random(in: 0..<40, using: &random) * Int.random(in: 0..<3, using: &random))
            let sorted = counts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            let rank = sorted.firstIndex { $0.element.tag == tag }
            let standing = frequencies.standing(of: tag)
            #expect(standing.rank == rank.flatMap { $0 < CategoryFrequencies.leaders ? $0 : nil })
            #expect(standing.count == rank.map { sorted[$0].element.count } ?? 0)
            frequencies.learn(tag)
            if let place = counts.firstIndex(where: { $0.tag == tag }) {
                counts[place].count += 1
            } else {
                counts.append((tag, 1))
            }
        }
        #expect(frequencies.distinct == counts.count)
    }

    @Test("Sums of logarithms are told afterwards", arguments: [0.5, 7, 400])
    func logarithms(_ x: Double) {
        var orders = OrderCounts()
        var sum = 0.0
        for number in 0..<50_000 where number % 3 > 0 {
            orders.add(number)
            sum += log2(Double(number) + x)
        }
        #expect(abs(orders.logarithms(plus: x) - sum) < 0.03)
    }
}

extension Figures {
    fileprivate var categoryNames: [String] { account.categories.map(\.name) }
}
