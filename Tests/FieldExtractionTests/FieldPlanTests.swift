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
}
