/// A set of code points as ranges: what one place of a regular expression accepts.
struct CodePointSet {
    static let last: UInt32 = 0x10FFFF

    private(set) var ranges: [ClosedRange<UInt32>] = []

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    static let digits = CodePointSet([0x30...0x39])
    static let word = CodePointSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// RE2's `\s`: tab, newline, form feed, carriage return, space.
    static let space = CodePointSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let newline = CodePointSet([0x0A...0x0A])
    static let any = CodePointSet([0...last])

    /// The set of a POSIX class such as `alpha`, or nil.
    static func posix(_ name: String) -> CodePointSet? {
        switch name {
        case "alnum": CodePointSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": CodePointSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": CodePointSet([0...0x7F])
        case "blank": CodePointSet([0x09...0x09, 0x20...0x20])
        case "cntrl": CodePointSet([0...0x1F, 0x7F...0x7F])
        case "digit": digits
        case "graph": CodePointSet([0x21...0x7E])
        case "lower": CodePointSet([0x61...0x7A])
        case "print": CodePointSet([0x20...0x7E])
        case "punct": CodePointSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": CodePointSet([0x09...0x0D, 0x20...0x20])
        case "upper": CodePointSet([0x41...0x5A])
        case "word": word
        case "xdigit": CodePointSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func formUnion(_ other: CodePointSet) { ranges += other.ranges }

    /// The ranges sorted, with overlaps joined.
    var normalized: [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = result.last, range.lowerBound <= previous.upperBound &+ 1 {
                result[result.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    var inverted: CodePointSet {
        var result = CodePointSet()
        var next: UInt32 = 0
        for range in normalized {
            if range.lowerBound > next { result.insert(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= CodePointSet.last { result.insert(next...CodePointSet.last) }
        return result
    }

    /// The set with both cases of every ASCII letter in it, and of other letters where their case mapping is one to one.
    var foldingCase: CodePointSet {
        var result = self
        for range in normalized {
            for code in range.lowerBound...min(range.upperBound, range.lowerBound &+ 0x3FF) {
                guard let scalar = Unicode.Scalar(code) else { continue }
                let lower = scalar.properties.lowercaseMapping.unicodeScalars
                let upper = scalar.properties.uppercaseMapping.unicodeScalars
                if lower.count == 1, let other = lower.first, other != scalar {
                    result.insert(other.value...other.value)
                }
                if upper.count == 1, let other = upper.first, other != scalar {
                    result.insert(other.value...other.value)
                }
            }
        }
        return result
    }
}
