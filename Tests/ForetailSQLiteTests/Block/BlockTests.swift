#if Server
import FieldExtraction
import Forecasting
import Foretail
import Testing

@testable import ForetailSQLite

@Suite("Blocks of events")
struct BlockTests {
    /// A block of events of several submissions.
    private func block() throws -> [UInt8] {
        var work: [Submission] = []
        for part in 0..<4 {
            var batch = TemporaryLog.batch(part * 20..<part * 20 + 20, padding: part)
            for index in batch.frames.indices {
                batch.frames[index].position = Position(sequence: UInt64(part * 20 + index + 1))
                if index % 3 == 0 {
                    batch.frames[index].raw =
                        batch.frames[index].body.lowerBound..<batch.frames[index].body.upperBound - 1
                }
            }
            work.append(
                Submission(
                    bytes: batch.bytes, frames: batch.frames, ingested: Int64(part * 7), last: Position(sequence: 1),
                    cost: 0, completion: { _ in }))
        }
        var encoder = BlockEncoder()
        var cursor = BlockEncoder.Cursor()
        let header = try #require(encoder.next(of: work, from: &cursor, base: 0, offset: 0, target: 1 << 20))
        #expect(header.count == 80 && header.newest == 21 && header.began == 0)
        #expect(encoder.next(of: work, from: &cursor, base: 0, offset: 0, target: 1 << 20) == nil)
        return Array(encoder.bytes[..<header.blockBytes])
    }

    /// Reads a block; nil where it is damaged.
    private func read(_ bytes: [UInt8]) -> EventBatch? {
        bytes.withUnsafeBytes { memory in
            guard var decoder = BlockDecoder(bytes, memory: memory) else { return nil }
            var batch = EventBatch(stream: "s")
            var times: [Timestamp] = []
            var budget = BlockDecoder.Budget(events: .max, bytes: .max)
            guard decoder.read(skipping: 0, budget: &budget, into: &batch, ingestTimes: &times) else {
                #expect(batch.frames.isEmpty && batch.bytes.isEmpty && times.isEmpty)
                return nil
            }
            return batch
        }
    }

    @Test("A sound block is read")
    func sound() throws {
        let batch = try #require(read(try block()))
        #expect(batch.count == 80 && batch.frames[79].position == Position(sequence: 80))
        #expect(
            batch.frames[0].raw.count == batch.frames[0].body.count - 1 && batch.frames[1].raw == batch.frames[1].body)
    }

    @Test("Every flipped bit is found")
    func bits() throws {
        let sound = try block()
        for place in sound.indices {
            var damaged = sound
            damaged[place] ^= 1 << UInt8(place % 8)
            #expect(read(damaged) == nil)
        }
    }

    @Test("10,000 forged blocks with a right checksum are refused or read within their bounds")
    func forged() throws {
        let sound = try block()
        var generator = Sequence64(state: 7)
        var refused = 0
        for _ in 0..<10_000 {
            var forged = sound
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 8..<forged.count - 8, using: &generator)
                forged[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                forged.removeLast(Int.random(in: 1..<forged.count, using: &generator))
            }
            guard forged.count > 72 else { continue }
            let checksum = Checksum64.of(forged[..<(forged.count - 8)])
            for byte in 0..<8 {
                forged[forged.count - 8 + byte] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * byte))
            }
            if read(forged) == nil { refused += 1 }
        }
        #expect(refused > 3000)
    }
}
#endif
