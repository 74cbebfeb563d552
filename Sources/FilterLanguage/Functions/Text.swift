/// The functions on strings. Places and lengths count code points.
///
/// Source: the strings extension of cel-go.
enum Text {
    /// `startsWith`, `endsWith`, `contains`.
    static func test(_ function: Function, _ text: String, _ part: String) -> Bool {
        switch function {
        case .startsWith: return text.utf8.starts(with: part.utf8)
        case .endsWith:
            let surplus = text.utf8.count - part.utf8.count
            return surplus >= 0 && text.utf8.dropFirst(surplus).elementsEqual(part.utf8)
        default: return contains(text, part)
        }
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        if part.isEmpty { return true }
        var (text, part) = (text, part)
        return text.withUTF8 { text in
            part.withUTF8 { part in
                guard let first = text.baseAddress, let second = part.baseAddress else { return false }
                return unsafe FieldTest.contains(first, text.count, second, part.count)
            }
        }
    }

    /// `matches` with a pattern that is known at run time only, and compiled each time.
    static func matches(_ text: String, _ pattern: String) throws(Failure) -> Bool {
        do throws(FilterError) {
            return try Pattern(pattern, limits: FilterLimits()).matches(text)
        } catch {
            throw .invalidArgument
        }
    }

    /// The first place of `part` in `text` at or after `start`.
    static func find<Element: Equatable>(_ part: [Element], in text: [Element], from start: Int) -> Int? {
        guard start >= 0, start + part.count <= text.count else { return nil }
        for place in start...(text.count - part.count) where text[place...].starts(with: part) { return place }
        return nil
    }

    static func call(
        _ function: Function, _ first: Value, _ arguments: Arguments
    ) throws(Failure) -> Value {
        if function == .join { return .string(try join(first, arguments)) }
        if function == .reverse, case .list(let elements) = first { return .list(elements.reversed()) }
        guard case .string(let text) = first else { throw .noSuchOverload }
        switch function {
        case .lowerAscii: return .string(mapped(text, from: 0x41, by: 0x20))
        case .upperAscii: return .string(mapped(text, from: 0x61, by: 0xE0))
        case .trim: return .string(trimmed(text))
        case .reverse: return .string(string(text.unicodeScalars.reversed()))
        case .quote: return .string(quoted(text))
        case .split: return .list(try split(text, arguments))
        case .replace: return .string(try replace(text, arguments))
        default: break
        }
        let scalars = Array(text.unicodeScalars)
        switch function {
        case .charAt:
            guard case .int(let place) = arguments[1].strict else { throw .noSuchOverload }
            guard place >= 0, place <= scalars.count else { throw .indexOutOfRange }
            return .string(place == scalars.count ? "" : String(scalars[Int(place)]))
        case .substring:
            let start = try integer(arguments, 1) ?? 0
            let end = try integer(arguments, 2) ?? scalars.count
            guard start >= 0, end <= scalars.count, start <= end else { throw .indexOutOfRange }
            return .string(string(scalars[start..<end]))
        case .indexOf: return .int(Int64(try index(scalars, arguments)))
        default: return .int(Int64(try lastIndex(scalars, arguments)))
        }
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func integer(
        _ arguments: Arguments, _ place: Int
    ) throws(Failure) -> Int? {
        guard arguments.count > place else { return nil }
        guard case .int(let value) = (arguments[place]).strict else { throw .noSuchOverload }
        return Int(value)
    }

    private static func part(
        _ arguments: Arguments, _ place: Int
    ) throws(Failure) -> String {
        guard case .string(let text) = arguments[place] else { throw .noSuchOverload }
        return text
    }

    private static func mapped(_ text: String, from first: UInt8, by delta: UInt8) -> String {
        var bytes = Array(text.utf8)
        for place in bytes.indices where bytes[place] >= first && bytes[place] < first + 26 { bytes[place] &+= delta }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.first, scalar.properties.isWhitespace { scalars = scalars.dropFirst() }
        while let scalar = scalars.last, scalar.properties.isWhitespace { scalars = scalars.dropLast() }
        return string(scalars)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{07}": result += "\\a"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0B}": result += "\\v"
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func join(
        _ list: Value, _ arguments: Arguments
    ) throws(Failure) -> String {
        guard case .list(let elements) = list else { throw .noSuchOverload }
        let separator = arguments.count > 1 ? try part(arguments, 1) : ""
        var result = ""
        for (place, element) in elements.enumerated() {
            guard case .string(let text) = element else { throw .noSuchOverload }
            if place > 0 { result += separator }
            result += text
            guard result.utf8.count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
        }
        return result
    }

    private static func split(
        _ text: String, _ arguments: Arguments
    ) throws(Failure) -> [Value] {
        let separator = Array(try part(arguments, 1).unicodeScalars)
        let limit = try integer(arguments, 2) ?? -1
        if limit == 0 { return [] }
        let scalars = Array(text.unicodeScalars)
        var result: [Value] = []
        var start = 0
        while limit < 0 || result.count + 1 < limit {
            if separator.isEmpty {
                guard start + 1 < scalars.count else { break }
                result.append(.string(String(scalars[start])))
                start += 1
            } else {
                guard let place = find(separator, in: scalars, from: start) else { break }
                result.append(.string(string(scalars[start..<place])))
                start = place + separator.count
            }
        }
        if separator.isEmpty, scalars.isEmpty { return [] }
        result.append(.string(string(scalars[start...])))
        return result
    }

    private static func replace(
        _ text: String, _ arguments: Arguments
    ) throws(Failure) -> String {
        let old = Array(try part(arguments, 1).unicodeScalars)
        let new = Array(try part(arguments, 2).unicodeScalars)
        var remaining = try integer(arguments, 3) ?? -1
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var start = 0
        var count = scalars.count
        while remaining != 0, let place = find(old, in: scalars, from: start) {
            count += new.count
            guard count <= FilterEvaluator.sizeLimit else { throw .tooLarge }
            result.append(contentsOf: scalars[start..<place])
            result.append(contentsOf: new)
            start = place + old.count
            if old.isEmpty {
                guard place < scalars.count else { break }
                result.append(scalars[place])
                start = place + 1
            }
            remaining -= 1
        }
        if start < scalars.count { result.append(contentsOf: scalars[start...]) }
        return String(result)
    }

    private static func index(
        _ scalars: [Unicode.Scalar], _ arguments: Arguments
    ) throws(Failure) -> Int {
        let needle = Array(try part(arguments, 1).unicodeScalars)
        let start = try integer(arguments, 2) ?? 0
        if needle.isEmpty, arguments.count == 2 { return 0 }
        guard start >= 0, start <= scalars.count else { throw .indexOutOfRange }
        return find(needle, in: scalars, from: start) ?? -1
    }

    private static func lastIndex(
        _ scalars: [Unicode.Scalar], _ arguments: Arguments
    ) throws(Failure) -> Int {
        let needle = Array(try part(arguments, 1).unicodeScalars)
        let last = try integer(arguments, 2) ?? max(0, scalars.count - needle.count)
        guard last >= 0, last <= scalars.count else { throw .indexOutOfRange }
        guard needle.count <= scalars.count else { return -1 }
        for place in stride(from: min(last, scalars.count - needle.count), through: 0, by: -1)
        where scalars[place...].starts(with: needle) { return place }
        return -1
    }
}
