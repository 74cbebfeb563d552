import ForetailTesting
import Testing

@testable import Foretail

@Suite("SeriesTable") struct SeriesTableTests {
    private func find(_ key: String, in table: SeriesTable) -> Int32? {
        Array(key.utf8).withUnsafeBufferPointer { table.find($0) }
    }

    private func series(_ key: String) -> Series {
        Series(key: Array(key.utf8), steps: [1], fieldCount: 0, limits: Limits())
    }

    @Test("a random history of coming and going keeps every key findable under its number")
    func randomHistory() {
        var random = SeededGenerator(seed: 11)
        var table = SeriesTable(seed: 5)
        var model: [String: Int32] = [:]
        for _ in 0..<3_000 {
            let key = "k\(random.below(120))"
            if let number = model[key] {
                #expect(find(key, in: table) == number)
                if random.one(in: 2) {
                    table.remove(number)
                    model[key] = nil
                }
            } else {
                #expect(find(key, in: table) == nil)
                let number = table.insert(series(key))
                #expect(!model.values.contains(number))
                model[key] = number
            }
            #expect(table.count == model.count)
        }
        for (key, number) in model { #expect(table.series[Int(number)]?.key == Array(key.utf8)) }
    }

    @Test("the empty key is a key")
    func emptyKey() {
        var table = SeriesTable(seed: 5)
        #expect(find("", in: table) == nil)
        let number = table.insert(series(""))
        #expect(find("", in: table) == number)
    }
}
