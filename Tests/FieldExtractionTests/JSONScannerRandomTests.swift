import FieldExtraction
import Testing

/// The scanner against a plain parser, on texts made and broken at random.
@Suite struct JSONScannerRandomTests {
    private static let paths = [
        FieldPath([]), FieldPath("a"), FieldPath("a.b"), FieldPath("a.b.level"), FieldPath("level"),
        FieldPath(["user.id"]),
        FieldPath(["b", "a long key of 23 bytes!"]), FieldPath(["é"]), FieldPath("seven77"), FieldPath("eight888"),
        FieldPath("sixteen_bytes_16"), FieldPath("b"),
    ]

    /// The value under a path, last of equal keys, nil if missing.
    private func look(_ path: FieldPath, in body: JSONValue) -> JSONValue? {
        path.keys.reduce(body as JSONValue?) { value, key in value?[key] }
    }

    private func compare(_ bytes: [UInt8]) {
        let expected = ReferenceJSON.parse(bytes)
        let found = ScanHarness(bytes, Self.paths)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(found.result.isValid == (expected != nil), "\(found.result): \(text)")
        guard let expected, found.result.isValid else { return }
        for path in Self.paths { #expect(found[path.name] == look(path, in: expected), "\(path) in \(text)") }
    }

    @Test("every field of a random event is what a plain parser finds", arguments: 0..<8)
    func roundTrip(seed: Int) {
        var random = RandomJSON(seed: UInt64(seed))
        for _ in 0..<300 { compare(Array(random.object().utf8)) }
    }

    @Test("a broken event is refused exactly when a plain parser refuses it", arguments: 0..<8)
    func mutations(seed: Int) {
        var random = RandomJSON(seed: UInt64(1000 + seed))
        let odd: [UInt8] = Array("\"\\{}[],:0-+.eE \ntfnu".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]
        for _ in 0..<500 {
            var bytes = Array(random.object().utf8)
            for _ in 0...random.pick(3) where !bytes.isEmpty {
                let place = random.pick(bytes.count)
                switch random.pick(4) {
                case 0: bytes[place] = odd[random.pick(odd.count)]
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(odd[random.pick(odd.count)], at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            compare(bytes)
        }
    }

    @Test("values written and read again are the same", arguments: 0..<4)
    func rewriting(seed: Int) throws {
        var random = RandomJSON(seed: UInt64(2000 + seed))
        for _ in 0..<300 {
            let value = try JSONValue(parsing: Array(random.object().utf8))
            guard !"\(value)".contains("inf") else { continue }
            var text: [UInt8] = []
            value.append(to: &text)
            #expect(try JSONValue(parsing: text) == value)
        }
    }

    @Test("no bytes at all make any reader stumble", arguments: 0..<8)
    func robustness(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(3000 + seed))
        let alphabet: [UInt8] =
            Array("{}[]\",:\\u0123-e.+ntf;\t\r\n 2015-05-17T10:05:03Z/MayGMT".utf8) + [0, 0x80, 0xC3, 0xF4]
        var scanner = JSONScanner(plan: FieldPlan(Self.paths))
        let row = UnsafeMutablePointer<FieldSlot>.allocate(capacity: Self.paths.count)
        defer { row.deallocate() }
        for _ in 0..<1500 {
            let count = Int.random(in: 0..<64, using: &generator)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            let guarded = GuardedBytes(bytes)
            defer { withExtendedLifetime(guarded) {} }
            _ = scanner.scan(guarded.bytes, into: row).description
            _ = NumberText.parse(guarded.bytes)
            _ = NumberText.lenientDouble(guarded.bytes)
            _ = Timestamp(parsing: guarded.bytes)
            var parser = TimestampParser()
            _ = parser.parse(guarded.bytes)
            _ = LineFormat.detect(first: guarded.bytes, second: guarded.bytes)
            _ = JSONFieldLister.leaves(of: guarded.bytes).count
            var output: [UInt8] = []
            JSONString.append(guarded.bytes, to: &output)
            #expect(JSONScanner.validate(output).isValid)
            guard var table = try? CSVScanner(header: guarded.bytes, plan: FieldPlan(Self.paths)) else { continue }
            _ = table.recordEnd(in: guarded.bytes, from: 0)
            if table.scan(guarded.bytes, into: row).isValid {
                output = []
                table.appendJSON(guarded.bytes, to: &output)
                #expect(JSONScanner.validate(output).isValid)
            }
        }
    }
}
