import Testing

@testable import Forecasting

@Suite("Field profile")
struct FieldProfileTests {
    private func profile(_ texts: [String]) -> FieldSummary {
        var profile = FieldProfile()
        for text in texts { profile.note(text: Array(text.utf8)) }
        return profile.summary
    }

    private func profile(_ numbers: [Double]) -> FieldSummary {
        var profile = FieldProfile()
        for number in numbers { profile.note(number: number) }
        return profile.summary
    }

    @Test("Numbers are counts where they are whole and not negative")
    func numbers() {
        #expect(profile([0, 1, 5, 0]).kind == .count)
        #expect(profile([0, 1, 5, 0]).zeroShare == 0.5)
        #expect(profile([0, 1.5]).kind == .numeric)
        #expect(profile([0, -1]).kind == .numeric)
        #expect(profile([4, 4, 4]).kind == .constant)
    }

    @Test("A counter never falls")
    func counter() {
        #expect(profile((0..<20).map { Double($0 / 2) }).neverFalls)
        #expect(!profile((0..<20).map { Double($0 % 5) }).neverFalls)
    }

    @Test("Few texts are categories, with their entropy and their order")
    func categories() throws {
        let summary = profile((0..<400).map { ["up", "down", "down", "away"][$0 % 4] })
        #expect(summary.kind == .categorical)
        #expect(summary.valueCount == 3)
        #expect(abs(try #require(summary.entropyBits) - 1.5) < 1e-9)
        #expect(summary.commonest.first == FieldSummary.Share(value: "down", share: 0.5))
        #expect(try #require(summary.followedShare) > 0.7)
    }

    @Test("Noise has no order")
    func noise() throws {
        var noise = Noise(seed: 1)
        let summary = profile((0..<2_000).map { _ in String(Int(8 * noise.uniform())) })
        #expect(abs(try #require(summary.followedShare) - (try #require(summary.commonestShare))) < 0.05)
    }

    @Test("Sentences are text, identifiers opaque, one value is constant")
    func texts() {
        #expect(profile((0..<50).map { "user \($0) logged in" }).kind == .text)
        #expect(profile((0..<50).map { "id-\($0)" }).kind == .opaque)
        #expect(profile(["a", "a"]).kind == .constant)
        #expect(profile([String]()).kind == .unseen)
        #expect(profile((0..<3_000).map { "id-\($0)" }).kind == .opaque)
    }

    @Test("Missing values are counted, structures opaque, a mixture opaque")
    func mixtures() {
        var profile = FieldProfile()
        profile.noteMissing()
        profile.note(number: 1)
        profile.note(number: .nan)
        profile.note(number: 2)
        #expect(profile.summary.missingShare == 0.5)
        #expect(profile.summary.kind == .count)
        profile.noteStructure()
        #expect(profile.summary.kind == .opaque)
    }
}
