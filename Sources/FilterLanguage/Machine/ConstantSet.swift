/// The constants of `x in [1, 2, 'a']`, found without walking the list: text by hash, numbers by value.
final class ConstantSet: @unchecked Sendable {
    let table: ConstantTable
    private let values: [Value]

    /// Creates the set; nil if some value is no scalar, or a number that a double does not hold exactly.
    init?(_ constants: [Value]) {
        var texts: [[UInt8]] = []
        var numbers: [Double] = []
        var (hasTrue, hasFalse, hasNull) = (false, false, false)
        for constant in constants {
            switch constant {
            case .string(let text): texts.append(Array(text.utf8))
            case .bool(let value): if value { hasTrue = true } else { hasFalse = true }
            case .null: hasNull = true
            case .int, .uint, .double:
                // Below 2^53: the double of 2^53 + 1 is 2^53 as well.
                guard let number = constant.asDouble, number.magnitude < 0x1p53 || number.isNaN else { return nil }
                if !number.isNaN { numbers.append(number) }
            default: return nil
            }
        }
        values = constants
        var table = ConstantTable(numbers: numbers, texts: texts)
        (table.hasTrue, table.hasFalse, table.hasNull) = (hasTrue, hasFalse, hasNull)
        self.table = table
    }

    deinit { table.deallocate() }

    /// Membership of any value, by CEL's equality.
    func contains(_ value: Value) -> Bool {
        for other in values where other.equals(value) { return true }
        return false
    }
}
