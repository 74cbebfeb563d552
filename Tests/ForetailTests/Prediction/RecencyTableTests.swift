import Forecasting
import Testing

@testable import Foretail

@Suite("RecencyTable") struct RecencyTableTests {
    @Test("It holds what a plain list of the last keys used holds")
    func plain() {
        var table = RecencyTable<Int, Int>(capacity: 8)
        var recent: [Int] = []
        var values: [Int: Int] = [:]
        var state: UInt64 = 3
        for _ in 0..<5_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Int(state >> 60) * Int(state >> 58 & 1)
            if !recent.contains(key), recent.count == 8 { values[recent.removeFirst()] = nil }
            recent.removeAll { $0 == key }
            recent.append(key)
            values[key, default: 100] += 1
            table[table.use(key) { 100 }] += 1
            #expect(table.count == recent.count)
            for other in 0..<16 { #expect(table.place(of: other).map { table[$0] } == values[other]) }
        }
    }

    @Test("The key that left is told")
    func left() {
        var table = RecencyTable<Int, Int>(capacity: 2)
        _ = table.use(1) { 0 }
        _ = table.use(2) { 0 }
        _ = table.use(1) { 0 }
        #expect(table.lastLeft == nil)
        _ = table.use(3) { 0 }
        #expect(table.lastLeft == 2 && table.place(of: 2) == nil)
    }

    @Test("It survives a snapshot, order of use included")
    func snapshot() throws {
        var table = RecencyTable<Int32, Int>(capacity: 3)
        for key in [5, 6, 7, 5] as [Int32] { table[table.use(key) { 0 }] += 1 }
        var restored = RecencyTable<Int32, Int>(capacity: 3)
        try pass(&table, into: &restored)
        #expect(restored.place(of: 5).map { restored[$0] } == 2)
        _ = restored.use(8) { 0 }
        #expect(restored.place(of: 6) == nil && restored.place(of: 7) != nil && restored.place(of: 5) != nil)
    }

    private func pass(_ table: inout RecencyTable<Int32, Int>, into other: inout RecencyTable<Int32, Int>) throws {
        func both(_ table: inout RecencyTable<Int32, Int>, _ coder: inout SnapshotCoder) throws(SnapshotError) {
            try table.pass(
                through: &coder, bytesEach: 20, empty: { (0, 0) },
                key: { key, coder throws(SnapshotError) in try coder.pass(&key, in: 0...(.max)) },
                value: { value, coder throws(SnapshotError) in try coder.pass(&value) })
        }
        var writer = SnapshotCoder()
        try both(&table, &writer)
        var reader = SnapshotCoder(reading: writer.bytes, 0..<writer.bytes.count)
        try both(&other, &reader)
    }

    @Test("Values that hold memory of their own are apart after a snapshot, too")
    func references() throws {
        final class Box {
            var value = 0
        }
        func both(_ table: inout RecencyTable<Int32, Box>, _ coder: inout SnapshotCoder) throws(SnapshotError) {
            try table.pass(
                through: &coder, bytesEach: 20, empty: { (0, Box()) },
                key: { key, coder throws(SnapshotError) in try coder.pass(&key, in: 0...(.max)) },
                value: { box, coder throws(SnapshotError) in try coder.pass(&box.value) })
        }
        var table = RecencyTable<Int32, Box>(capacity: 3)
        for key in [5, 6, 7] as [Int32] { table[table.use(key) { Box() }].value = Int(key) * 10 }
        var writer = SnapshotCoder()
        try both(&table, &writer)
        var reader = SnapshotCoder(reading: writer.bytes, 0..<writer.bytes.count)
        var restored = RecencyTable<Int32, Box>(capacity: 3)
        try both(&restored, &reader)
        #expect(restored.indices.map { restored[$0].value } == [50, 60, 70])
    }
}
