import FieldExtraction
import Foretail

/// The rules of a bench: lines `{"id": …, "cel": "…"}`.
enum RuleLines {
    /// The expressions, in order.
    static func read(_ file: BenchFile) throws -> [String] {
        var scanner = JSONScanner(plan: FieldPlan([FieldPath("cel")]))
        var slot = FieldSlot.missing
        var rules: [String] = []
        rules.reserveCapacity(file.lines.count)
        for (number, line) in file.lines.enumerated() {
            let result = scanner.scan(line, into: &slot)
            guard result.isValid else { throw ForetailError(.source, "rule \(number + 1): \(result)") }
            guard slot.kind == .string else {
                throw ForetailError(.source, "rule \(number + 1): write {\"id\": 1, \"cel\": \"event.a == 1\"}")
            }
            rules.append(JSONString.string(slot))
        }
        return rules
    }
}
