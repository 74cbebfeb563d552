/// A number as it stands in an event: JSON knows one kind of number, CEL three.
///
/// `41` is an integer and `41.9` a double. Where such a number meets another numeric type in arithmetic, it takes that
/// type, or both become double; the result stays an event number. Literals among themselves stay as strict as CEL asks.
public enum EventNumber: Hashable, Sendable {
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case double(Double)

    var value: Value {
        switch self {
        case .integer(let value): .int(value)
        case .double(let value): .double(value)
        }
    }
}
