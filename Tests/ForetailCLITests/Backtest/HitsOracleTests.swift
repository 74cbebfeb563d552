import ArgumentParser
import FieldExtraction
import ForetailTesting
import Glibc
import Testing

@testable import ForetailCLI

/// Where the public judge and its data are.
private enum PublicJudge {
    static let shared = getenv("FORETAIL_SHARED").map { String(cString: $0) } ?? "../shared"
    static let hits = "\(shared)/eval/hits.py"
    static var isThere: Bool { access(hits, R_OK) == 0 }
}

/// The figures of a backtest against those that the public judge computes from the records of the same run.
@Suite(.enabled(if: PublicJudge.isThere, "../shared/eval/hits.py is not there; set FORETAIL_SHARED to where it is"))
struct HitsOracleTests {
    private let folder = TemporaryFolder()

    @Test("Hit ratio, precision, lead and calibration are the judge's", arguments: ["nyc_taxi", "travel_time_387"])
    func same(_ name: String) async throws {
        let file = "\(PublicJudge.shared)/data/forecast/\(name).csv"
        try #require(access(file, R_OK) == 0)
        let options = ["--steps", "4", "--time", "timestamp", "-q"]
        let tail = [file, "--ahead", "--format", "ndjson", "--to", folder.file("records")] + options
        try await TailRun(TailOptions.parse(tail)).run()
        let pipe = popen(
            "python3 '\(PublicJudge.hits)' '\(folder.file("records"))' --json '\(folder.file("judged"))'", "r")
        let output = try #require(pipe)
        var block = [UInt8](repeating: 0, count: 4_096)
        while fread(&block, 1, block.count, output) > 0 {}
        try #require(pclose(output) == 0)
        let judged = try JSONValue(parsing: Array(folder.text("judged").utf8))
        let figures = try BacktestRun(BacktestOptions.parse([file] + options)).report().all
        #expect(number(judged["hit_ratio"]) == figures.hitRatio)
        #expect(number(judged["precision"]) == figures.precision)
        #expect(abs(number(judged["ece"])! - figures.calibrationError!) < 1e-9)
        #expect(abs(number(judged["lead_p50"])! - Double(figures.leadMicroseconds!) / 1e6) < 1e-4)
        #expect(number(judged["judged"]) == Double(figures.tally.counts.judged + figures.tally.counts.trivial))
    }

    @Test("Of plain lines with numbers, out of order, the judge finds no difference", arguments: ["order", "event"])
    func lines(_ clock: String) async throws {
        var random = SeededGenerator(seed: 11)
        var text = ""
        for number in 0..<1_200 {
            let second = 5 * number + (number % 3 == 0 ? -7 : 0)
            let stamp = Timestamp(microseconds: Int64(1_700_000_000 + second) * 1_000_000)
            let noise = Int.random(in: 0..<3, using: &random)
            switch number % 4 {
            case 0: text += "\(stamp) INFO worker: accepted request from 10.0.0.\(noise) port \(4_000 + noise)\n"
            case 1, 3: text += "\(stamp) INFO worker: query took \(200 + noise) ms\n"
            default: text += "\(stamp) WARN worker: sent \(9_000 + 10 * noise) bytes, queue \(noise)\n"
            }
        }
        folder.write(text, to: "lines.log")
        let options = ["--ahead", "--clock", clock, "--min-confidence", "0", "--announce", "every", "-q"]
        let tail = [folder.file("lines.log"), "--format", "ndjson", "--to", folder.file("records")] + options
        try await TailRun(TailOptions.parse(tail)).run()
        let records = folder.text("records")
        #expect(records.contains(#""numbers.took":{"value":20"#))
        let pipe = try #require(popen("python3 '\(PublicJudge.hits)' '\(folder.file("records"))' 2>&1", "r"))
        var output: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&block, 1, block.count, pipe)
            if count == 0 { break }
            output += block[..<count]
        }
        #expect(pclose(pipe) == 0, "\(String(decoding: output, as: UTF8.self))")
        let judged = try JSONValue(parsing: output)
        #expect(number(judged["differences"]) == 0 && number(judged["predictions"]) ?? 0 > 1_000)
        // Two events in three are in order; a late one lies in no window, unless the order is what counts.
        let hits = try #require(number(judged["hit_ratio"]))
        #expect(clock == "order" ? hits > 0.6 : hits < 0.6, "\(hits)")
    }

    private func number(_ value: JSONValue?) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
