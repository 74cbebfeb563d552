import Foundation
import Testing

@testable import Forecasting

/// Prints what the network gains on the public series. Runs only where `FORETAIL_LSTM_GAINS` names their folder, and
/// means something only with optimisation: see `Scripts/lstm-gains`.
@Suite("Gains of the network", .enabled(if: ProcessInfo.processInfo.environment["FORETAIL_LSTM_GAINS"] != nil))
struct LSTMGainTests {
    private struct Source {
        var name: String
        var season: Int
        var stepMinutes: Int64
        var values: [Double] = []
    }

    /// The series of the public judge with the seasons it takes.
    private static let sources = [
        Source(name: "nyc_taxi", season: 48, stepMinutes: 30),
        Source(name: "elb_requests", season: 288, stepMinutes: 5),
        Source(name: "rds_cpu_e47b3b", season: 288, stepMinutes: 5),
        Source(name: "ec2_latency", season: 288, stepMinutes: 5),
        Source(name: "machine_temp", season: 288, stepMinutes: 5),
        Source(name: "tweets_amzn", season: 288, stepMinutes: 5), Source(name: "ad_cpc_2", season: 24, stepMinutes: 60),
        Source(name: "bike_users", season: 24, stepMinutes: 60),
        Source(name: "beijing_pm25", season: 24, stepMinutes: 60),
    ]

    @Test("One pass over the nine series, each its own stream, then all one stream", arguments: [8, 16, 24])
    func gains(hidden: Int) throws {
        let folder = try #require(ProcessInfo.processInfo.environment["FORETAIL_LSTM_GAINS"])
        var sources = LSTMGainTests.sources
        for index in sources.indices {
            let text = try String(contentsOfFile: "\(folder)/\(sources[index].name).csv", encoding: .utf8)
            let rows = text.split(separator: "\n").dropFirst().suffix(3000)
            sources[index].values = rows.compactMap { Double($0.split(separator: ",")[1]) }
        }
        var configuration = LSTMConfiguration(use: .always)
        configuration.hidden = hidden
        report("hidden \(hidden), a stream per series", apart(sources, configuration), sources)
        report("hidden \(hidden), one stream for all", together(sources, configuration), sources)
    }

    private func apart(_ sources: [Source], _ configuration: LSTMConfiguration) -> ([LSTMTrial.Score], Double) {
        var training = 0.0
        let scores = sources.map { source in
            var global = GlobalLSTM(configuration: configuration, seed: 1)
            var trial = trial(source)
            for index in source.values.indices { training += learn(source, index, &trial, &global) }
            return trial.score
        }
        return (scores, training)
    }

    private func together(_ sources: [Source], _ configuration: LSTMConfiguration) -> ([LSTMTrial.Score], Double) {
        var training = 0.0
        var global = GlobalLSTM(configuration: configuration, seed: 1)
        var trials = sources.map { trial($0) }
        for index in 0..<3000 {
            for (place, source) in sources.enumerated() where index < source.values.count {
                training += learn(source, index, &trials[place], &global)
            }
        }
        return (trials.map(\.score), training)
    }

    private func trial(_ source: Source) -> LSTMTrial {
        LSTMTrial(judgedSeason: source.season, stepMicroseconds: source.stepMinutes * 60_000_000)
    }

    /// Takes in one value as the public judge scores it; returns the seconds that training took.
    private func learn(
        _ source: Source, _ index: Int, _ trial: inout LSTMTrial, _ global: inout GlobalLSTM
    ) -> Double {
        let warmUp = max((3 * source.values.count + 9) / 10, 350)
        trial.learn(
            source.values[index], isScored: index >= warmUp && (index - warmUp) % 4 == 0, global: &global)
        var seconds = 0.0
        if let job = global.trainingJob() {
            // The processor's time, not the clock's: other programs may run.
            let start = clock()
            global.accept(job.run())
            seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
        }
        return seconds
    }

    private func report(_ title: String, _ found: ([LSTMTrial.Score], Double), _ sources: [Source]) {
        let (scores, training) = found
        let values = sources.reduce(0) { $0 + $1.values.count }
        var text = "\(title); training \(fixed(1e6 * training / Double(values), 1)) ms per 1,000 values\n"
        text += "  mean |error| ÷ seasonal naive   naive  network     mix    both    gain\n"
        var logs = [0.0, 0, 0, 0]
        for (source, score) in zip(sources, scores) {
            let ratios = [score.naive, score.network, score.mix, score.both].map { $0 / score.seasonal }
            text += row(source.name, ratios)
            for index in 0..<4 { logs[index] += log(ratios[index]) / Double(scores.count) }
        }
        print(text + row("geometric mean", logs.map { exp($0) }))
    }

    private func row(_ name: String, _ ratios: [Double]) -> String {
        let figures = ratios.map { fixed($0, 3) }.joined(separator: "   ")
        return "  \(name.padding(toLength: 31, withPad: " ", startingAt: 0)) \(figures)   "
            + "\(fixed(100 * (1 - ratios[3] / ratios[2]), 2)) %\n"
    }

    private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    @Test("The time of a step and of a window", arguments: [8, 16, 24])
    func time(hidden: Int) {
        let shape = LSTMShape(inputs: LSTMFeatures.count, hidden: hidden, outputs: 1)
        let made = RandomLSTM(shape: shape, steps: 40, warmUp: 8, seed: 1)
        let room = LSTMSeries.cellCount(hidden: hidden)
        let block = StateBlock(floats: room + 512)
        var series = LSTMSeries(season: 48, hidden: hidden, cells: block.cells(room))
        var history = ValueHistory(cells: block.cells(512))
        var noise = Noise(seed: 1)
        let values = (0..<512).map { _ in Float(noise.normal()) }
        let tape = made.tape()
        // The best of many short runs: what it takes where nothing interrupts.
        var best = (step: Duration.seconds(1), window: Duration.seconds(1))
        let clock = ContinuousClock()
        for _ in 0..<500 {
            let steps = clock.measure {
                for value in values {
                    history.append(value)
                    series.learn(history: history, network: made.network)
                }
            }
            let windows = clock.measure { for _ in 0..<4 { _ = tape.add(made.window, of: made.network, share: 1) } }
            best = (min(best.step, steps), min(best.window, windows))
        }
        print(
            "hidden \(hidden): a value of a series \(fixed(best.step / .nanoseconds(512), 0)) ns,",
            "a window of 40 steps forward and back \(fixed(best.window / .microseconds(4), 1)) µs", series.forecast)
    }
}
