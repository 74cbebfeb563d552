import ArgumentParser
import Foretail
import Testing

@testable import ForetailCLI

@Suite("TailOptions") struct TailOptionsTests {
    @Test(
        "--neural says whether the network takes part",
        arguments: [
            ([], PredictionSettings.Neural.off), (["--neural", "off"], .off), (["--neural", "auto"], .automatic),
            (["--neural", "always"], .always),
        ])
    func neural(arguments: [String], setting: PredictionSettings.Neural) throws {
        let options = try TailOptions.parse(["--ahead"] + arguments)
        #expect(options.predictionSettings?.neural == setting)
    }

    @Test("--neural without --ahead, or for steps without the next one, is refused with the remedy")
    func refused() {
        let alone = #expect(throws: (any Error).self) { try TailOptions.parse(["--neural", "always"]) }
        let text = alone.map { TailOptions.message(for: $0) } ?? ""
        #expect(text.contains("--neural is about what is learned; add --ahead, --surprise, --within or --overdue"))
        let far = #expect(throws: (any Error).self) {
            try TailOptions.parse(["--ahead", "--steps", "2,12", "--neural", "auto"])
        }
        #expect(far.map { TailOptions.message(for: $0).contains("--neural") } == true)
        #expect((try? TailOptions.parse(["--ahead", "--steps", "1,12", "--neural", "auto"])) != nil)
    }

    @Test("a backtest takes --neural as the tail does")
    func backtest() throws {
        let options = try BacktestOptions.parse(["a.csv", "--neural", "always", "--steps", "1,3"])
        #expect(options.predictionSettings.neural == .always)
        #expect(try BacktestOptions.parse(["a.csv"]).predictionSettings.neural == .off)
        #expect(throws: (any Error).self) {
            try BacktestOptions.parse(["a.csv", "--neural", "auto", "--steps", "2,3"])
        }
    }
}
