import FieldExtraction
import FilterLanguage
import Testing

/// A small generator with a seed, so that a crash can be repeated.
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let mixed = (state ^ state >> 29) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 32
    }
}

@Suite("Robustness")
struct RobustnessTests {
    private static let tokens = [
        "event", "event.a", "event.b.c", "event.tags", "meta.key", "meta.time", "x", "y", "1", "0", "-1", "2u", "1.5",
        "1e400",
        "9223372036854775807", "'a'", "\"b\"", "b'c'", "r'\\'", "'''", "'\\x41'", "true", "false", "null", "+", "-",
        "*", "/", "%",
        "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}", "in",
        "has(", ".all(x,",
        ".exists(x,", ".map(x,", ".filter(x,", ".exists_one(x,", "size(", ".size()", ".startsWith('a')", ".contains(",
        ".matches('a+')",
        ".matches('(')", "int(", "string(", "timestamp('2026-01-01T00:00:00Z')", "duration('1h')", ".getHours('UTC')",
        "cel.bind(x,",
        ".?a", "[?0]", "optional.of(", ".orValue(", "math.greatest(", "`", "\\", "é", "\n", "//", ".format([",
        ".split(", ".substring(",
    ]

    private func tryOut(_ source: String, _ evaluated: inout Int) {
        do {
            let filter = try Filter(source)
            let event = "{\"a\":1.5,\"b\":{\"c\":\"x\"},\"tags\":[\"a\",1,null,{\"q\":2}]}"
            _ = try Row(filter, event: event).evaluate()
            evaluated += 1
        } catch {}
        _ = try? Expression(source, variables: ["x", "y"]).evaluate(bindings: ["x": .int(1)])
    }

    @Test("Random tokens never crash", arguments: [1, 2, 3, 4] as [UInt64])
    func soup(seed: UInt64) {
        var generator = Generator(state: seed)
        var evaluated = 0
        for _ in 0..<5_000 {
            let count = Int.random(in: 1...24, using: &generator)
            let source = (0..<count).map { _ in Self.tokens.randomElement(using: &generator)! }.joined(
                separator: Bool.random(using: &generator) ? " " : "")
            tryOut(source, &evaluated)
        }
    }

    @Test("Mutated filters never crash", arguments: [5, 6, 7, 8] as [UInt64])
    func mutations(seed: UInt64) {
        let seeds = [
            "event.a == 1 && event.b.c.startsWith('x') || !(event.a in [1, 2.5, 'x'])",
            "event.tags.exists(t, t == 'a' && size(t) > 0)",
            "has(event.b.c) ? event.a * 2 > 1 : event.b.c + 'y' == 'xy'",
            "event.tags.map(t, [t]).filter(l, l[0] == 1).size() == 1",
            "{'a': [1, 2u, 3.0], true: null}[true] == null",
            "event.b.c.matches('^(x|y)*[a-z]{1,3}$') || event.?a.orValue(3) > 2",
            "cel.bind(v, event.a, v > 1 && v < 2)", "'%d %s'.format([1, event.b.c]) == 'x'",
            "b'\\xff\\101' == bytes('a')",
            "event.tags.transformMap(i, t, t)[0] == 'a'",
            "duration('1h2m') + meta.time > timestamp('2026-01-01T00:00:00+01:00')",
        ].map { Array($0.utf8) }
        var generator = Generator(state: seed)
        var evaluated = 0
        for _ in 0..<5_000 {
            var bytes = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<max(1, bytes.count), using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0 where !bytes.isEmpty: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: min(place, bytes.count))
                case 2:
                    bytes.insert(
                        contentsOf: Self.tokens.randomElement(using: &generator)!.utf8, at: min(place, bytes.count))
                case 3:
                    let other = seeds.randomElement(using: &generator)!
                    bytes =
                        Array(bytes[..<min(place, bytes.count)])
                        + other[Int.random(in: 0..<other.count, using: &generator)...]
                default: if !bytes.isEmpty { bytes[place] = UInt8.random(in: 32...126, using: &generator) }
                }
            }
            tryOut(String(decoding: bytes, as: UTF8.self), &evaluated)
        }
        #expect(evaluated > 100)
    }

    @Test("The deepest filters that are allowed fit a small stack")
    func deepest() throws {
        let depth = 60
        for source in [
            String(repeating: "(", count: depth) + "true" + String(repeating: ")", count: depth),
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth) + " == event.a",
            String(repeating: "!", count: depth) + "event.a",
            "1" + String(repeating: " + event.a", count: depth) + " > 2",
            String(repeating: "event.a ? true : ", count: depth) + "true",
            String(repeating: "event.a || (true && ", count: 29) + "event.b" + String(repeating: ")", count: 29),
        ] {
            let filter = try Filter(source)
            _ = try Row(filter, event: "{\"a\":1}").evaluate()
        }
    }
}
