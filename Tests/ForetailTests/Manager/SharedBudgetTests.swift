import Testing

@testable import Foretail

@Suite("SharedBudget") struct SharedBudgetTests {
    @Test("an account's share is the limit over those that hold anything, and itself")
    func share() {
        var budget = SharedBudget(limit: 120)
        #expect(budget.share(with: 4) == 120)
        budget.book(60, to: 0)
        #expect(budget.share(with: 0) == 120)
        #expect(budget.share(with: 4) == 60)
        budget.book(30, to: 4)
        budget.book(40, to: 2)
        #expect(budget.share(with: 4) == 40)
        #expect(budget.isExceeded && budget.used == 130)
        budget.book(-40, to: 2)
        #expect(budget.share(with: 0) == 60)
        #expect(!budget.isExceeded && budget.fits(30) && !budget.fits(31))
        #expect(budget.bytes(of: 100) == 0)
    }
}
