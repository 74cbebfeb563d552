import FilterLanguage
import Testing

@Suite("Cost of filters")
struct ProgramCostTests {
    @Test(
        "The estimate is the sum of the weights, worked out by hand",
        arguments: [
            ("event.a == 1", 2), ("event.a == 1 && event.b == 2", 5), ("has(event.a)", 2),
            ("event.a in [1, 2]", 3), ("event.a.matches('x')", 17), ("event.a.contains('x')", 5),
            // pushField 16, begin 4, 16 times: next 4, pushLocal 2, pushConstant 2, compare 4, step 4; end 4, return 1.
            ("event.l.exists(x, x == 1)", 16 + 4 + 16 * 16 + 4 + 1),
            // A list that is written down has as many elements as it has: twice pushConstant 2, makeList 6, begin 4, …
            ("[1, 2].exists(x, x == 1)", 4 + 6 + 4 + 2 * 16 + 4 + 1),
        ])
    func estimates(source: String, cost: Int) throws {
        #expect(try Filter(source).estimatedCost == cost)
    }

    @Test("Each level of nested macros multiplies the estimate")
    func nesting() throws {
        let one = try Filter("event.l.all(a, a > 0)").estimatedCost
        let two = try Filter("event.l.all(a, event.l.all(b, a > b))").estimatedCost
        let three = try Filter("event.l.all(a, event.l.all(b, event.l.all(c, a > b + c)))").estimatedCost
        #expect(two > 10 * one)
        #expect(three > 10 * two)
        #expect(three < FilterLimits().cost)
    }

    @Test("A filter beyond the limit is refused with limit, estimate and remedy")
    func refused() throws {
        let source = "event.l.all(a, event.l.all(b, a > b))"
        let cost = try Filter(source).estimatedCost
        _ = try Filter(source, limits: FilterLimits(cost: cost))
        let error = #expect(throws: FilterError.self) { try Filter(source, limits: FilterLimits(cost: cost - 1)) }
        #expect(error?.code == .limitExceeded)
        #expect(
            error?.description
                == "filter, column 1: the estimated cost is \(cost), more than the limit 'cost' of \(cost - 1); avoid macros within macros, or split the filter"
        )
    }

    @Test("The default refuses four macros within one another over lists of the event with dear bodies")
    func defaultLimit() {
        let source = "event.l.all(a, event.l.all(b, event.l.all(c, event.l.all(d, event.m.contains(a + b + c + d)))))"
        #expect(throws: FilterError.self) { try Filter(source) }
    }

    @Test("A long chain of plain tests stays far below the default")
    func chain() throws {
        let filter = try Filter((0..<600).map { "event.id == 'u-\($0)'" }.joined(separator: " || "))
        #expect(filter.estimatedCost < 2_000)
    }

    @Test("An estimate that no integer holds saturates")
    func saturation() {
        let source = String(repeating: "event.l.all(a, ", count: 30) + "true" + String(repeating: ")", count: 30)
        let limits = FilterLimits(macroNesting: 40, cost: .max - 1)
        let error = #expect(throws: FilterError.self) { try Filter(source, limits: limits) }
        #expect(error?.message.contains("beyond all bounds") == true)
    }
}
