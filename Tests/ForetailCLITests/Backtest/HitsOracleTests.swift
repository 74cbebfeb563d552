import ArgumentParser
import FieldExtraction
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

    private func number(_ value: JSONValue?) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
