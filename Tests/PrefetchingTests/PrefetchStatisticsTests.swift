import Testing

@testable import Prefetching

@Suite("PrefetchStatistics") struct PrefetchStatisticsTests {
    @Test("nothing asked is no ratio")
    func empty() {
        let statistics = PrefetchStatistics()
        #expect(statistics.hitRatio == 0 && statistics.precision == 0 && statistics.trafficFactor == 1)
        #expect(statistics.lead(at: 0.5) == 0)
    }

    @Test(
        "leads are exact to 63, and to a quarter of a doubling beyond", arguments: [0, 1, 63, 64, 100, 1_000, 1 << 20])
    func leads(lead: Int) {
        var leads = LeadHistogram()
        leads.add(lead)
        let quantile = leads.quantile(0.5)
        #expect(lead < 64 ? quantile == lead : quantile <= lead && Double(quantile) > 0.8 * Double(lead))
    }

    @Test("quantiles are those of the sorted leads")
    func quantiles() {
        var leads = LeadHistogram()
        for lead in 0...50 { leads.add(50 - lead) }
        #expect(leads.quantile(0) == 0 && leads.quantile(0.1) == 5 && leads.quantile(0.5) == 25)
        #expect(leads.quantile(1) == 50)
    }
}
