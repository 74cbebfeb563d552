import Testing

@testable import Foretail
@testable import ForetailCLI

@Suite struct VerdictTests {
    private func figures(matched: Int, hits: Int, judged: Int, right: Int) -> Figures {
        var account = Account()
        account.tally.events = matched
        account.tally.matched = matched
        account.tally.hitEvents = hits
        account.tally.counts.announced = judged
        account.tally.counts.hits = right
        account.tally.counts.wrong = judged - right
        return Figures(account)
    }

    @Test(
        "The thresholds decide",
        arguments: [
            (0.5, 0.7, .yes), (0.49, 0.9, .partly), (0.9, 0.69, .partly), (0.15, 0.5, .partly), (0.14, 1, .hardly),
            (0.9, 0.49, .hardly), (0, nil, .hardly),
        ] as [(Double, Double?, Verdict.Answer)])
    func thresholds(_ hitRatio: Double, precision: Double?, answer: Verdict.Answer) {
        #expect(Verdict.answer(hitRatio: hitRatio, precision: precision) == answer)
    }

    @Test("Good news begins with what was announced")
    func yes() {
        let verdict = Verdict(figures(matched: 200, hits: 148, judged: 100, right: 80))
        #expect(verdict.answer == .yes)
        #expect(
            verdict.text.hasPrefix(
                "Yes: 74 % of the matching events were announced, and 80 % of the announcements came true."))
    }

    @Test("Where nothing was announced it says so")
    func nothingAnnounced() {
        let verdict = Verdict(figures(matched: 200, hits: 0, judged: 0, right: 0))
        #expect(verdict.text.hasPrefix("Hardly: nothing could be announced with enough confidence."))
    }

    @Test("Values that nothing but the usual value tells are noise")
    func noise() {
        var figures = figures(matched: 200, hits: 4, judged: 10, right: 5).account
        var score = StepScore(step: 1)
        score.add(ScoredForecast(value: 5, low: 0, high: 9, naive: 9, typical: 5, seasonal: .nan), actual: 3)
        figures.fields = [Account.Field(file: 0, name: "load", season: nil, scores: [score])]
        let text = Verdict(Figures(figures)).text
        #expect(
            text.contains(
                "The values of load are noise at step 1: they are forecast no better than by the usual value."))
    }

    @Test("Little data and none have no verdict")
    func short() {
        #expect(Verdict(figures(matched: 0, hits: 0, judged: 0, right: 0)).answer == .nothing)
        let one = Verdict(figures(matched: 1, hits: 0, judged: 0, right: 0))
        #expect(one.text == "Too short to say: 1 matching event, and a verdict takes 100.")
        #expect(Verdict(figures(matched: 99, hits: 99, judged: 99, right: 99)).answer == .short)
        #expect(Verdict(figures(matched: 100, hits: 99, judged: 99, right: 99)).answer == .yes)
    }
}
