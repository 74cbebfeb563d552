#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB
import Testing

@testable import ForetailSQLite

@Suite("A log whose file is damaged")
struct StreamLogDamageTests {
    let folder: TemporaryLog

    init() throws { folder = try TemporaryLog() }

    /// A closed log of ten blocks of ten events each.
    private func tenBlocks(padding: Int = 0) throws {
        let log = try folder.open()
        for block in 0..<10 { try log.append(TemporaryLog.batch(block * 10..<block * 10 + 10, padding: padding)) }
        try log.close()
    }

    @Test(
        "A block that does not agree with its checksum is a gap, and the rest is read",
        arguments: [
            "UPDATE block SET data = substr(data, 1, 80) || x'00' || substr(data, 82) WHERE id = 31",
            "UPDATE block SET data = x'' WHERE id = 31", "UPDATE block SET count = 9 WHERE id = 31",
            "UPDATE block SET first = 30 WHERE id = 31", "UPDATE block SET epoch = 7 WHERE id = 31",
            "UPDATE block SET newest = 7 WHERE id = 31", "UPDATE block SET id = 32 WHERE id = 31",
            "DELETE FROM block WHERE id = 31",
        ])
    func damagedBlock(sql: String) throws {
        try tenBlocks()
        try folder.database().write { try $0.execute(sql: sql) }
        let log = try folder.open()
        let read = try log.readAll(limit: 7)
        #expect(read.events.map(\.position.sequence) == Array(1...30) + Array(41...100))
        #expect(read.gaps.map(\.reason).allSatisfy { $0 == "damaged" })
        #expect(read.gaps.map(\.count).reduce(0, +) == 10)
        #expect(read.gaps.first?.from == Position(sequence: 31) && read.gaps.last?.to == Position(sequence: 40))
        #expect(log.bounds.damagedBlocks >= 1)
        let blocks = log.bounds.damagedBlocks
        _ = try log.readAll(limit: 7)
        #expect(log.bounds.damagedBlocks == blocks)
        #expect(try log.readAll(after: Position(sequence: 35)).events.first?.position == Position(sequence: 41))
    }

    @Test("A damage at the end of the log is a gap up to its last event")
    func damagedEnd() throws {
        try tenBlocks()
        try folder.database().write { try $0.execute(sql: "UPDATE block SET data = x'00' WHERE id = 91") }
        let log = try folder.open()
        let read = try log.readAll()
        #expect(read.events.count == 90 && read.gaps.map(\.to) == [Position(sequence: 100)])
        try log.append(TemporaryLog.batch(0..<1))
        #expect(try log.readAll(after: Position(sequence: 100)).events.count == 1)
    }

    @Test("Random flipped bits in the file never end the process, and what is read is what was written")
    func flippedBits() throws {
        try tenBlocks(padding: 300)
        let sound = try Data(contentsOf: URL(fileURLWithPath: folder.path))
        var generator = Sequence64(state: 1)
        var salvaged = 0
        for round in 0..<150 {
            var bytes = sound
            for _ in 0..<(1 + round % 3) {
                bytes[Int(generator.next() % UInt64(bytes.count))] ^= 1 << UInt8(generator.next() % 8)
            }
            let path = folder.folder + "/flipped"
            try StreamLog.remove(path: path)
            try bytes.write(to: URL(fileURLWithPath: path))
            guard let log = try? folder.open(at: path) else { continue }
            guard let read = try? log.readAll(limit: 20) else { continue }
            for event in read.events {
                let expected = "{\"n\":\(event.position.sequence - 1),"
                if event.position.epoch == 1 { #expect(event.text.hasPrefix(expected)) }
            }
            if read.events.count >= 50 { salvaged += 1 }
        }
        #expect(salvaged > 75)
    }
}

/// A generator of random numbers that gives the same in every run.
struct Sequence64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
#endif
