import FieldExtraction
import FuzzSupport

// A JSON text, scanned with a plan, read whole, listed, and held against the plain parser of the tests.

let plan = FieldPlan([
    FieldPath([]), FieldPath("a"), FieldPath("a.b"), FieldPath("a.b.c"), FieldPath("b"), FieldPath(["user.id"]),
    FieldPath(["é"]), FieldPath(["e\u{301}"]), FieldPath(["e\u{301}", "b"]),
    FieldPath(["b", "a long key of 23 bytes!"]), FieldPath("seven77"), FieldPath("eight888"),
])

func value(at path: FieldPath, in body: JSONValue) -> JSONValue? {
    path.keys.reduce(body as JSONValue?) { $0?[$1] }
}

func lies(_ slot: FieldSlot, within bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let start = slot.start, let first = bytes.baseAddress else { return slot.length == 0 }
    return start >= first && start + Int(slot.length) <= first + bytes.count
}

func checkScan(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: JSONValue?) {
    var scanner = JSONScanner(plan: plan)
    let row = UnsafeMutableBufferPointer<FieldSlot>.allocate(capacity: plan.count)
    defer { row.deallocate() }
    row.initialize(repeating: .integer(4711))
    let result = scanner.scan(bytes, into: row.baseAddress!)
    claim(result.isValid == (expected != nil), "the scanner says '\(result)', the plain parser \(expected as Any)")
    claim((0...bytes.count).contains(result.offset), "offset \(result.offset) of \(bytes.count) bytes")
    for (number, path) in plan.paths.enumerated() {
        claim(lies(row[number], within: bytes), "\(path) lies outside the event")
        guard let expected, result.isValid else { continue }
        let found = JSONValue(row[number])
        claim(found == value(at: path, in: expected), "\(path) is \(found as Any)")
    }
}

func checkReader(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: JSONValue?) {
    let found = try? JSONValue(parsing: Array(bytes))
    claim(found == expected, "read whole it is \(found as Any), by the plain parser \(expected as Any)")
    guard let found, !"\(found)".contains("inf") else { return }
    var text: [UInt8] = []
    found.append(to: &text)
    claim((try? JSONValue(parsing: text)) == found, "written again it is \(String(decoding: text, as: UTF8.self))")
}

func checkLeaves(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: JSONValue?) {
    let leaves = JSONFieldLister.leaves(of: bytes)
    guard case .object(let members)? = expected else {
        claim(leaves.isEmpty, "what is no object has leaves")
        return
    }
    claim(leaves.isEmpty == members.isEmpty, "\(leaves.count) leaves of \(members.count) members")
    for leaf in leaves {
        claim(lies(leaf.slot, within: bytes), "\(leaf.path) lies outside the event")
        claim(JSONValue(leaf.slot) == value(at: leaf.path, in: expected!), "leaf \(leaf.path) is another value")
    }
}

func checkText(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: JSONValue?) {
    var quoted: [UInt8] = []
    JSONString.append(bytes, to: &quoted)
    guard case .string(let text)? = ReferenceJSON.parse(quoted) else {
        claim(false, "bytes written as a string are no JSON string")
        return
    }
    if let valid = String(validating: bytes, as: UTF8.self) { claim(text == valid, "a string comes back as another") }
    let isNumber =
        switch expected {
        case .integer, .double: bytes.allSatisfy { $0 > 0x20 }
        default: false
        }
    claim(NumberText.isNumber(bytes) == isNumber, "isNumber is \(!isNumber)")
    if let number = NumberText.parse(bytes) { claim(JSONValue(number) == expected, "a number is \(number.bits)") }
    if let number = NumberText.lenientDouble(bytes) { claim(!number.isNaN, "a number in a text is NaN") }
}

Fuzzer.run { bytes in
    let expected = ReferenceJSON.parse(Array(bytes))
    checkScan(bytes, expected)
    checkReader(bytes, expected)
    checkLeaves(bytes, expected)
    checkText(bytes, expected)
}
