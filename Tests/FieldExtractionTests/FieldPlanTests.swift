import FieldExtraction
import Testing

@Suite struct FieldPlanTests {
    @Test("a path keeps its number while a plan grows")
    func numbers() {
        var plan = FieldPlan([FieldPath("a"), FieldPath("b.c"), FieldPath("a")])
        #expect(plan.count == 2)
        #expect(plan.add(FieldPath(root: .meta, ["a"])) == 2)
        #expect(plan.add(FieldPath("b.c")) == 1)
        #expect(plan.slot(of: FieldPath(["b", "c"])) == 1)
        #expect(plan.slot(of: FieldPath(["b.c"])) == nil)
    }

    @Test("keys that only look alike are two paths, as they are two keys of an event")
    func equivalentKeys() {
        let plan = FieldPlan([FieldPath("\u{E9}"), FieldPath("e\u{301}")])
        #expect(plan.count == 2)
        let scan = ScanHarness("{\"\u{E9}\":1,\"e\u{301}\":2}", "\u{E9}")
        #expect(scan["\u{E9}"] == .integer(1))
    }
}
