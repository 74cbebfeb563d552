/// A strict scanner of JSON events: walks the bytes once, checks all of them and fills the slots that a plan asks for.
///
///     var scanner = JSONScanner(plan: FieldPlan([FieldPath("level"), FieldPath("user.id")]))
///     let result = scanner.scan(bytes, into: row)     // row: scanner.plan.count slots
///
/// Grammar by RFC 8259: any value at the top, UTF-8 checked, no comments, no trailing commas, nothing after the value. Of
/// equal keys the last wins, whole objects included; keys are compared decoded. Arrays are checked and spanned, not entered.
/// Numbers are exact to the double; those too large become infinite. Lone surrogate escapes are let through (they decode to
/// U+FFFD).
///
/// Reads nothing outside the bytes given; needs no padding, no state between events and no allocation. Above 1 GB/s on log events of 150 bytes.
@safe public struct JSONScanner: Sendable {
    /// What the scanner extracts.
    public let plan: FieldPlan
    /// The bounds of an event.
    public let limits: ScanLimits
    private let trie: PlanTrie
    private var parents: [Container]

    /// An object or array that is open while something inside it is read.
    private struct Container {
        /// Where it begins.
        var start: Int
        /// Its node in the plan, or -1.
        var node: Int32
        var isObject: Bool
    }

    /// Creates a scanner for a plan. Costs a few microseconds; make one per plan, not per event.
    public init(plan: FieldPlan, limits: ScanLimits = ScanLimits()) {
        self.plan = plan
        self.limits = limits
        trie = PlanTrie(plan)
        parents = Array(repeating: Container(start: 0, node: -1, isObject: false), count: max(1, limits.depth))
    }

    /// Checks one event and fills `row`, which has room for `plan.count` slots.
    ///
    /// First all slots become `.missing`; those of `meta` stay so, for the caller to fill. Slots point into `bytes` and are
    /// worth as much as these. After an invalid event the row is unspecified, but safe to read.
    public mutating func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, into row: UnsafeMutablePointer<FieldSlot>
    ) -> ScanResult {
        unsafe row.initialize(repeating: .missing, count: plan.count)
        if bytes.count > limits.line { return ScanResult(.tooLong, at: limits.line) }
        let view = unsafe ByteView(bytes)
        let begin = JSONText.skipSpace(view, from: 0)
        if begin == view.count { return ScanResult(.empty) }
        return unsafe walk(view, from: begin, into: row)
    }

    // One loop, no recursion: read a key where one is due, a value, and whatever closes behind it. `container` is the
    // innermost open one; the outer ones lie in `parents`. A node of -1 means that nothing below is planned.
    private mutating func walk(
        _ view: ByteView, from begin: Int, into row: UnsafeMutablePointer<FieldSlot>
    ) -> ScanResult {
        let nodes = unsafe trie.nodes.baseAddress!
        var place = begin
        var depth = 0
        var fields = limits.fields
        var container = Container(start: 0, node: -1, isObject: false)
        var node = PlanTrie.root
        var visited: UInt64 = 0

        while true {
            if container.isObject {
                guard view[place] == UInt8(ascii: "\"") else { return ScanFault.result(.noKey, view, place) }
                let key = place &+ 1
                let end = JSONText.stringEnd(view, from: key)
                if end.offset < 0 { return ScanFault.string(view, ~end.offset) }
                node =
                    container.node < 0
                    ? -1 : unsafe trie.child(of: nodes[Int(container.node)], view, key, end)
                place = JSONText.skipSpace(view, from: end.offset &+ 1)
                guard view[place] == UInt8(ascii: ":") else { return ScanFault.result(.noColon, view, place) }
                place = JSONText.skipSpace(view, from: place &+ 1)
                fields &-= 1
                if fields < 0 { return ScanResult(.tooManyFields, at: key &- 1) }
                if node >= 0 {
                    // A second value of a key replaces all of the first. 64 marks suffice: a false one clears in vain.
                    let mark = 1 as UInt64 &<< UInt64(truncatingIfNeeded: node)
                    if visited & mark != 0 { unsafe clear(nodes[Int(node)], row) }
                    visited |= mark
                }
            } else if depth > 0 {
                node = -1
            }

            let start = place
            switch view[place] {
            case UInt8(ascii: "\""):
                let end = JSONText.stringEnd(view, from: start &+ 1)
                if end.offset < 0 { return ScanFault.string(view, ~end.offset) }
                place = end.offset &+ 1
                if node >= 0, unsafe nodes[Int(node)].slot >= 0 {
                    unsafe row[Int(nodes[Int(node)].slot)] = FieldSlot(
                        kind: .string, start: view.base + (start &+ 1), length: end.offset &- start &- 1,
                        encoding: end.isEscaped ? .jsonEscaped : .plain)
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let number = ScannedNumber(view, at: start)
                guard number.isValid else { return ScanFault.result(.badNumber, view, start, at: number.end) }
                place = number.end
                if node >= 0, unsafe nodes[Int(node)].slot >= 0 {
                    unsafe row[Int(nodes[Int(node)].slot)] = number.slot(view, from: start)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth >= limits.depth { return ScanResult(.tooDeep, at: start) }
                parents[depth] = container
                depth &+= 1
                container = Container(start: start, node: node, isObject: view[start] == UInt8(ascii: "{"))
                place = JSONText.skipSpace(view, from: start &+ 1)
                // Brace and bracket close with the byte two above the one that opens.
                if view[place] != view[start] &+ 2 { continue }
            case UInt8(ascii: "t"):
                guard UInt32(truncatingIfNeeded: view.word(at: start)) == 0x6575_7274 else {
                    return ScanFault.result(.badLiteral, view, start)
                }
                place = start &+ 4
                unsafe store(FieldSlot(kind: .boolean, bits: 1, start: view.base + start, length: 4), node, nodes, row)
            case UInt8(ascii: "f"):
                guard UInt32(truncatingIfNeeded: view.word(at: start &+ 1)) == 0x6573_6C61 else {
                    return ScanFault.result(.badLiteral, view, start)
                }
                place = start &+ 5
                unsafe store(FieldSlot(kind: .boolean, bits: 0, start: view.base + start, length: 5), node, nodes, row)
            case UInt8(ascii: "n"):
                guard UInt32(truncatingIfNeeded: view.word(at: start)) == 0x6C6C_756E else {
                    return ScanFault.result(.badLiteral, view, start)
                }
                place = start &+ 4
                unsafe store(FieldSlot(kind: .null, start: view.base + start, length: 4), node, nodes, row)
            default:
                return ScanFault.result(.noValue, view, start)
            }

            while true {
                if depth == 0 {
                    place = JSONText.skipSpace(view, from: place)
                    return place == view.count ? .valid : ScanResult(.trailingBytes, at: place)
                }
                place = JSONText.skipSpace(view, from: place)
                if view[place] == UInt8(ascii: ",") {
                    place = JSONText.skipSpace(view, from: place &+ 1)
                    break
                }
                guard view[place] == (container.isObject ? 0x7D : 0x5D) else {
                    return ScanFault.result(container.isObject ? .noCommaInObject : .noCommaInArray, view, place)
                }
                place &+= 1
                unsafe store(
                    FieldSlot(
                        kind: container.isObject ? .object : .array, start: view.base + container.start,
                        length: place &- container.start),
                    container.node, nodes, row)
                depth &-= 1
                container = parents[depth]
            }
        }
    }

    @inline(__always)
    private func store(
        _ slot: @autoclosure () -> FieldSlot, _ node: Int32, _ nodes: UnsafeMutablePointer<PlanTrie.Node>,
        _ row: UnsafeMutablePointer<FieldSlot>
    ) {
        guard node >= 0 else { return }
        let number = unsafe nodes[Int(node)].slot
        if number >= 0 { unsafe row[Int(number)] = slot() }
    }

    /// Everything planned below `node` becomes missing.
    @inline(never)
    private func clear(_ node: PlanTrie.Node, _ row: UnsafeMutablePointer<FieldSlot>) {
        for index in Int(node.firstBelow)..<Int(node.firstBelow + node.countBelow) {
            unsafe row[Int(trie.below[index])] = .missing
        }
    }

    /// Checks one event on its own, for tests and for those who only ask whether a text is JSON.
    ///
    ///     JSONScanner.validate(Array("[1,]".utf8)).isValid      // false
    public static func validate(_ bytes: [UInt8], limits: ScanLimits = ScanLimits()) -> ScanResult {
        var scanner = JSONScanner(plan: FieldPlan(), limits: limits)
        var slot = FieldSlot.missing
        return unsafe bytes.withUnsafeBufferPointer { unsafe scanner.scan($0, into: &slot) }
    }
}
