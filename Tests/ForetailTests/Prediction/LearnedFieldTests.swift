import FieldExtraction
import Testing

@testable import Foretail

@Suite("LearnedField") struct LearnedFieldTests {
    private let texts = MetaText()

    private func text(_ value: String) -> FieldSlot { texts.keep(Array(value.utf8), at: 0) }

    private func field(named: Bool = false) -> LearnedField {
        LearnedField(
            path: FieldPath("v"), slot: 0, isNamed: named,
            symbols: SymbolTable(capacity: 1_000, valueBytes: 64, seed: 1))
    }

    @Test("the first value settles the kind; missing and null settle nothing")
    func firstValueSettles() {
        var field = field()
        _ = field.observe(.missing)
        _ = field.observe(FieldSlot(kind: .null))
        #expect(field.kind == .undetermined)
        _ = field.observe(text("a"))
        #expect(field.kind == .categorical)
    }

    @Test("a field changes its kind after eight values of another in a row, counted")
    func changesKind() {
        var field = field()
        _ = field.observe(.double(1))
        for count in 1...7 {
            guard case .none = field.observe(text("a")) else { return #expect(Bool(false), "changed after \(count)") }
        }
        guard case .reset = field.observe(text("a")) else { return #expect(Bool(false), "did not change") }
        #expect(field.kind == .categorical)
        #expect(field.kindChanges == 1)
    }

    @Test("a single stranger changes nothing")
    func strangersAreForgiven() {
        var field = field()
        for round in 0..<50 { _ = field.observe(round % 5 == 4 ? text("n/a") : .double(Double(round))) }
        #expect(field.kind == .numeric)
    }

    @Test("a field that hardly repeats itself becomes opaque, unless it is named")
    func cardinality() {
        var discovered = field()
        var named = field(named: true)
        for index in 0..<300 {
            _ = discovered.observe(text("id-\(index)"))
            _ = named.observe(text("id-\(index)"))
        }
        #expect(discovered.kind == .opaque)
        #expect(named.kind == .categorical)
    }

    @Test("booleans are categories, and read back as booleans")
    func booleans() {
        var field = field()
        guard case .category(let seen) = field.observe(.boolean(true)), let symbol = seen.symbol else {
            return #expect(Bool(false), "no value")
        }
        #expect(field.kind == .categorical)
        let slot = field.slot(of: symbol, texts: texts, place: 1)
        #expect(slot.kind == .boolean && slot.bits == 1)
    }

    @Test("after a change of kind both readings are at hand, for records from before")
    func bothReadings() {
        var field = field()
        _ = field.observe(text("3"))
        for _ in 0..<8 { _ = field.observe(.double(7)) }
        #expect(field.kind == .numeric)
        #expect(field.tag(text("3")) == field.symbols.tag(of: 0))
        #expect(field.tag(text("4")) != field.tag(text("3")))
        #expect(field.number(text("3")) == 3)
        #expect(field.number(text("three")).isNaN)
        #expect(field.number(.boolean(true)) == 1)
    }
}
