extension Instruction {
    /// The cost of executing the instruction once, in tests of a field against a constant.
    var weight: Int {
        switch operation {
        case .setTruth, .not, .andFirst, .andNext, .andLast, .orFirst, .orNext, .orLast, .jump, .jumpOnFailure,
            .jumpIfFalse, .returnTruth, .returnValue:
            1
        case .fieldTruth, .fieldExists, .fieldIsNull, .fieldIsKind, .fieldAgainstInteger, .fieldAgainstDouble,
            .fieldAgainstText,
            .fieldAgainstBool, .fieldStartsWith, .fieldEndsWith:
            1
        case .fieldInSet: 2
        // These read all of a text or an array.
        case .fieldContains, .fieldHoldsText: 4
        case .fieldMatches, .matchesConstant: 16
        case .pushTruth, .popTruth, .jumpUnlessTrue, .pushConstant, .pushLocal, .storeLocal, .pushVariable, .fail: 2
        // A text is copied; an array or object is taken apart.
        case .pushField, .pushOptionalField: 16
        case .select, .selectOptional, .at, .atOptional, .hasKey: 4
        case .makeList, .makeMap: 4 + Int(count)
        case .arithmetic, .negate, .compare, .isInSet: 4
        case .isIn: 16
        case .call: Function(rawValue: detail)?.weight ?? 16
        case .callInZone: 16
        case .unwrapOptional, .wrapOptional, .requireOptional: 4
        case .begin, .next, .allStep, .existsStep, .existsOneStep, .skipUnlessTrue: 4
        case .collect, .collectElement, .collectEntry, .collectMapEntry, .endTruth, .endValue: 4
        }
    }
}

extension Function {
    /// The cost of a call.
    fileprivate var weight: Int {
        switch self {
        // The expression is compiled for each event.
        case .matches: 1024
        case .format, .replace, .split, .join, .timestamp, .duration, .quote: 64
        case .contains, .startsWith, .endsWith, .lowerAscii, .upperAscii, .trim, .charAt, .indexOf, .lastIndexOf,
            .substring, .reverse, .string, .bytes:
            16
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes,
            .getSeconds, .getMilliseconds:
            16
        default: 4
        }
    }
}
