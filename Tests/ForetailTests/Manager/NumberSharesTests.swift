import Testing

@testable import Forecasting
@testable import Foretail

@Suite("NumberShares") struct NumberSharesTests {
    @Test("the share of a number is that of the past, of one never seen nothing")
    func share() {
        var shares = NumberShares()
        #expect(shares.share(of: 200) == 0)
        for index in 0..<1_000 { shares.learn(index % 10 == 0 ? 404 : 200) }
        #expect(abs(shares.share(of: 404) - 0.1) < 0.001)
        #expect(shares.share(of: 500) == 0)
    }

    @Test("what repeats outlives an endless stream of numbers that do not")
    func endless() {
        var shares = NumberShares()
        for index in 0..<100_000 {
            shares.learn(Double(index) + 0.5)
            if index % 4 == 0 { shares.learn(-0.0) }
        }
        #expect(shares.share(of: 0) > 0.1)
    }

    @Test("a snapshot holds all of it")
    func snapshot() throws {
        var shares = NumberShares()
        for index in 0..<500 { shares.learn(Double(index % 37)) }
        var writer = SnapshotCoder()
        try shares.pass(through: &writer)
        var reader = SnapshotCoder(reading: writer.bytes, 0..<writer.bytes.count)
        var copy = NumberShares()
        try copy.pass(through: &reader)
        for number in 0..<40 { #expect(shares.share(of: Double(number)) == copy.share(of: Double(number))) }
    }
}
