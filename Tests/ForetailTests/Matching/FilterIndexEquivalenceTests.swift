import FilterLanguage
import Testing

@testable import Foretail

@Suite("FilterIndex agrees with a linear scan") struct FilterIndexEquivalenceTests {
    @Test("on random filters and events", arguments: 1...8)
    func random(seed: Int) throws {
        var random = RandomFilters(seed: UInt64(seed))
        var scan = LinearScan(fields: [])
        while scan.filters.count < 400 {
            // Some are refused by the type checker.
            _ = try? scan.insert(random.filter())
        }
        for _ in 0..<400 {
            let difference = scan.difference(random.event())
            #expect(difference == nil)
        }
        #expect(scan.index.scannedCount < 400)
    }

    @Test("on event patterns beside expressions", arguments: 1...6)
    func patterns(seed: Int) throws {
        var random = RandomFilters(seed: UInt64(300 + seed))
        var scan = LinearScan(fields: [])
        while scan.filters.count < 200 { try scan.insert(random.pattern(), dialect: .pattern) }
        while scan.filters.count < 300 { _ = try? scan.insert(random.filter(depth: 2)) }
        var matches = 0
        for round in 0..<4_000 {
            let event = random.event()
            matches += scan.found(event).count
            guard round % 10 == 0 else { continue }
            let difference = scan.difference(event)
            #expect(difference == nil)
        }
        #expect(matches > 1_000)
        // Those that ask for something missing, or for anything but, have nothing to look up.
        #expect(scan.index.scannedCount < 150)
    }

    @Test("while filters come and go, and numbers are used again", arguments: 1...6)
    func updates(seed: Int) throws {
        var random = RandomFilters(seed: UInt64(100 + seed))
        var scan = LinearScan(fields: [])
        var live: [Int] = []
        for round in 0..<2_000 {
            if live.count < 150 || random.below(2) == 0 {
                if let number = try? scan.insert(random.filter(depth: 2)) { live.append(number) }
            } else {
                scan.remove(live.remove(at: random.below(live.count)))
            }
            if round % 10 == 0 {
                let difference = scan.difference(random.event())
                #expect(difference == nil)
            }
        }
        for number in live { scan.remove(number) }
        #expect(scan.index.probeCount == 0)
        #expect(scan.found(#"{"a":1}"#) == [])
    }

    @Test("after access predicates were chosen anew by what was measured", arguments: 1...3)
    func replanning(seed: Int) throws {
        var random = RandomFilters(seed: UInt64(200 + seed))
        var scan = LinearScan(fields: [])
        while scan.filters.count < 100 { _ = try? scan.insert(random.filter(depth: 2)) }
        let events = (0..<200).map { _ in random.event() }
        for round in 0..<20_000 { _ = scan.found(events[round % events.count]) }
        for event in events {
            let difference = scan.difference(event)
            #expect(difference == nil)
        }
    }

    @Test("on arrays with escapes, objects and nesting, and on objects as maps")
    func elements() throws {
        var scan = LinearScan(fields: [])
        try scan.insert(#""x" in event.tags"#)
        try scan.insert(#""x" in event.tags && event.a == 1"#)
        try scan.insert(#""a\nb" in event.tags"#)
        try scan.insert(#"!("x" in event.tags)"#)
        try scan.insert(#""x" in event.tags || "y" in event.tags"#)
        let arrays = [
            #"["x"]"#, #"["x","x"]"#, #"[["x"]]"#, #"[{"x":1}]"#, #"["\u0078"]"#, #"["a\nb","x"]"#, "[]", #"{"x":0}"#,
            #"{"\u0078":0}"#, #"{"y":{"x":1}}"#, #""x""#, "null", "1", #"["y","x"]"#,
            #"["x","\n","# + String(repeating: "[", count: 60) + String(repeating: "]", count: 60) + "]",
        ]
        for array in arrays {
            for rest in ["", #","a":1"#] {
                let difference = scan.difference(#"{"tags":\#(array)\#(rest)}"#)
                #expect(difference == nil)
            }
        }
        let none = scan.difference("{}")
        #expect(none == nil)
    }

    @Test("on whole numbers around 2^53, zeros of either sign and infinities")
    func numbers() throws {
        let numbers = [
            "0", "-0.0", "1", "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "1e400",
            "-1e400", "9223372036854775807", "9223372036854775808", "0.1", "5e-324",
        ]
        var scan = LinearScan(fields: [])
        for number in numbers where !number.contains("400") && number != "9223372036854775808" {
            for comparison in ["==", "!=", "<", "<=", ">", ">="] {
                try scan.insert("event.v \(comparison) \(number)")
                try scan.insert("!(event.v \(comparison) \(number))")
            }
            try scan.insert("event.v in [\(number), 17]")
        }
        for number in numbers {
            let difference = scan.difference(#"{"v":\#(number)}"#)
            #expect(difference == nil)
        }
    }
}
