internal import FieldExtraction

/// The values an expression may have, over all events that conform to a schema: an abstract value. The empty set stands
/// for an expression that always fails. It may hold more than can occur, never less.
///
/// Source: P. Cousot, R. Cousot, "Abstract Interpretation" (1977).
struct PossibleValues {
    /// What a value is: the types of CEL, with the booleans told apart and the numbers of an event by themselves.
    struct Kinds: OptionSet {
        let rawValue: UInt16

        static let null = Kinds(rawValue: 1)
        static let isFalse = Kinds(rawValue: 2)
        static let isTrue = Kinds(rawValue: 4)
        static let int = Kinds(rawValue: 8)
        static let uint = Kinds(rawValue: 16)
        static let double = Kinds(rawValue: 32)
        /// A number of an event, whole or not.
        static let number = Kinds(rawValue: 64)
        static let text = Kinds(rawValue: 128)
        static let bytes = Kinds(rawValue: 256)
        static let list = Kinds(rawValue: 512)
        static let map = Kinds(rawValue: 1024)
        static let timestamp = Kinds(rawValue: 2048)
        static let duration = Kinds(rawValue: 4096)
        static let type = Kinds(rawValue: 8192)
        static let optional = Kinds(rawValue: 16384)

        static let bool: Kinds = [.isFalse, .isTrue]
        static let numbers: Kinds = [.int, .uint, .double, .number]
        static let json: Kinds = [.null, .bool, .number, .text, .list, .map]
        static let all = Kinds(rawValue: 0x7FFF)
        /// What `<` and its like take, each with its own.
        static let ordered: [Kinds] = [.numbers, .text, .bytes, .bool, .timestamp, .duration]
        /// What `==` takes, each with its own.
        static let comparable: [Kinds] = ordered + [.null, .list, .map, .type, .optional]
    }

    /// The types of the values of kind `type`, a bit each.
    typealias Types = UInt16

    var kinds: Kinds
    /// Of the numbers, which.
    var numbers = NumberRange.allAndNaN
    /// Of the texts, which; nil for all.
    var texts: Set<[UInt8]>?
    /// Of the types, which.
    var types: Types = .max
    /// The constant in the source that this is, for calculating with it and for messages.
    var constant: Value?

    init(_ kinds: Kinds) { self.kinds = kinds }

    static let none = PossibleValues([])
    static let anything = PossibleValues(.all)

    /// One number or more, of that type.
    init(_ kinds: Kinds, _ numbers: NumberRange) {
        self.kinds = kinds
        self.numbers = numbers
    }

    /// The value a constant has.
    init(_ value: Value) {
        self.init(PossibleValues.kind(of: value))
        if let number = value.asDouble { numbers = NumberRange(number) }
        if case .string(let text) = value { texts = [Array(text.utf8)] }
        if case .type(let type) = value { types = 1 << type.rawValue }
        constant = value
    }

    /// What a field of an event holds where it is there.
    init(of field: FieldKinds) {
        self.init([])
        numbers = .all
        let pairs: [(FieldKinds, Kinds)] = [
            (.number, .number), (.text, .text), (.boolean, .bool), (.null, .null), (.array, .list), (.object, .map),
        ]
        for (kind, kinds) in pairs where field.contains(kind) { self.kinds.formUnion(kinds) }
    }

    private static func kind(of value: Value) -> Kinds {
        switch value {
        case .null: .null
        case .bool(let value): value ? .isTrue : .isFalse
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .number: .number
        case .string: .text
        case .bytes: .bytes
        case .list: .list
        case .map: .map
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        case .optional: .optional
        }
    }

    /// Whether there is no value.
    var isEmpty: Bool { kinds.isEmpty }

    /// The values of some of the kinds.
    func only(_ wanted: Kinds) -> PossibleValues {
        var result = self
        result.kinds.formIntersection(wanted)
        return result
    }

    /// The same without kinds of which no value is left.
    var cleaned: PossibleValues {
        var result = self
        if numbers.isEmpty { result.kinds.subtract(.numbers) }
        if let texts, texts.isEmpty { result.kinds.remove(.text) }
        if types == 0 { result.kinds.remove(.type) }
        return result
    }

    /// The values of either.
    func union(_ other: PossibleValues) -> PossibleValues {
        var result = PossibleValues(kinds.union(other.kinds))
        let isNumber = !kinds.isDisjoint(with: .numbers)
        let otherIsNumber = !other.kinds.isDisjoint(with: .numbers)
        if isNumber, otherIsNumber {
            result.numbers = numbers.union(other.numbers)
        } else {
            result.numbers = isNumber ? numbers : other.numbers
        }
        switch (kinds.contains(.text), other.kinds.contains(.text)) {
        case (true, true):
            if let texts, let others = other.texts { result.texts = texts.union(others) }
        case (true, false): result.texts = texts
        default: result.texts = other.texts
        }
        result.types = (kinds.contains(.type) ? types : 0) | (other.kinds.contains(.type) ? other.types : 0)
        return result
    }

    /// Whether there is one value only, so that two equal ones are always equal. Lists, maps and the like never count.
    var isSingle: Bool {
        switch kinds {
        case .null, .isFalse, .isTrue: true
        case .int, .uint, .double, .number: numbers.isSingle
        case .text: texts?.count == 1
        case .type: types.nonzeroBitCount == 1
        default: false
        }
    }

    /// The types that `type()` gives.
    var typeBits: Types {
        let pairs: [(Kinds, [ValueType])] = [
            (.null, [.null]), (.bool, [.bool]), (.int, [.int]), (.uint, [.uint]), (.double, [.double]),
            (.number, [.int, .double]), (.text, [.string]), (.bytes, [.bytes]), (.list, [.list]), (.map, [.map]),
            (.timestamp, [.timestamp]), (.duration, [.duration]), (.type, [.type]), (.optional, [.optional]),
        ]
        var result: Types = 0
        for (kind, types) in pairs where !kinds.isDisjoint(with: kind) {
            for type in types { result |= 1 << type.rawValue }
        }
        return result
    }
}
