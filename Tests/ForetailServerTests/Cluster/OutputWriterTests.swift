#if Server && NATS
import Testing

@testable import ForetailServer

/// Output that is larger than a message.
struct OutputWriterTests {
    /// Records of 100 bytes, the number of each at the positions named.
    private func draft(_ positions: [UInt64]) -> OutputWriter.Draft {
        var draft = OutputWriter.Draft()
        for position in positions {
            draft.bytes += Array(repeating: UInt8(position & 0xFF), count: 100)
            draft.ends.append((position, draft.bytes.count))
        }
        return draft
    }

    @Test("Pieces hold all records once, in order, and none is larger than asked", arguments: [100, 250, 1_000, 4_000])
    func pieces(room: Int) {
        var rest = draft(Array(1...20))
        let whole = rest.bytes
        var bytes: [UInt8] = []
        var count = 0
        while let last = rest.piece(of: room).ends.last {
            let piece = rest.piece(of: room)
            #expect(piece.bytes.count <= room)
            #expect(last.end == piece.bytes.count)
            bytes += piece.bytes
            rest = rest.behind(last.through)
            count += 1
        }
        #expect(bytes == whole)
        #expect(count == (20 + room / 100 - 1) / (room / 100))
        #expect(rest.bytes.isEmpty)
    }

    @Test("The records of one message of the input stay together, or a takeover would leave some out")
    func together() {
        let all = draft([1, 2, 2, 2, 3])
        #expect(all.piece(of: 200).ends.map(\.through) == [1, 2, 2, 2])
        #expect(all.behind(2).ends.map(\.through) == [3])
        #expect(all.behind(2).ends.map(\.end) == [100])
        #expect(all.behind(0).bytes == all.bytes)
        #expect(all.behind(3).ends.isEmpty)
    }
}
#endif
