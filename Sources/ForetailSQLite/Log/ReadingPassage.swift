#if Server
import FieldExtraction
import Foretail
import Foundation
import GRDB

/// One reading on its way through the blocks.
struct ReadingPassage {
    private let epochs: EpochTable
    private let durable: Int64
    /// The ordinal of the last event that was read or is known to be missing.
    private(set) var ordinal: Int64
    /// How far it may still go.
    var budget = BlockDecoder.Budget(events: 0, bytes: 0)
    /// Events read.
    private(set) var eventCount = 0
    /// The ordinals that are missing for damage.
    private(set) var damaged: [ClosedRange<Int64>] = []
    private var gaps: [Actions.Gap] = []
    private var next: Position?
    /// The end of a damage, whose beginning is `ordinal + 1`, is not known yet.
    private var isInDamage = false
    private var stopped = false

    /// Begins behind a position.
    init(epochs: EpochTable, first: Int64, durable: Int64, after position: Position?) {
        self.epochs = epochs
        self.durable = durable
        guard let position else {
            ordinal = first - 1
            next = ordinal == epochs.current.base ? epochs.beginning : epochs.position(of: ordinal)
            return
        }
        let resumption = epochs.resume(after: position)
        ordinal = resumption.ordinal
        next = resumption.position
        if let last = resumption.lastDurable {
            gaps.append(
                Actions.Gap(
                    from: Position(epoch: position.epoch, sequence: last + 1), to: position,
                    count: Int(clamping: position.sequence - last), reason: "crash"))
        }
        if ordinal < first - 1 { miss(ordinal + 1...first - 1, "retention") }
    }

    /// Whether there is something to read.
    var isUnfinished: Bool { ordinal < durable && !budget.isSpent }

    /// What there is to say of it.
    var reading: LogReading { LogReading(next: next, mayHaveMore: ordinal < durable, gaps: gaps) }

    /// Reads the events of a row.
    ///
    /// - Returns: Whether to go on to the next row.
    mutating func visit(
        _ row: Row, _ buffer: inout [UInt8], into batch: inout EventBatch, ingestTimes: inout [Timestamp]
    ) -> Bool {
        let key: Int64 = row[0]
        if key > ordinal + 1 {
            // What is between is in no row, or in a damaged one.
            guard endDamage(at: min(key - 1, durable)) else { return false }
        }
        guard isUnfinished else { return false }
        let skipping = ordinal + 1 - key
        buffer.removeAll(keepingCapacity: true)
        try? row.withUnsafeData(atIndex: 8) { data in
            data?.withUnsafeBytes { buffer.append(contentsOf: $0) }
        }
        let count = batch.frames.count
        let isSound = buffer.withUnsafeBytes { memory in
            guard var decoder = BlockDecoder(buffer, memory: memory), Self.agrees(row, with: decoder.header) else {
                return false
            }
            guard skipping >= 0, skipping < Int64(decoder.header.count) else { return false }
            return decoder.read(
                skipping: Int(skipping), budget: &budget, into: &batch, ingestTimes: &ingestTimes)
        }
        guard isSound else {
            isInDamage = true
            return true
        }
        let read = batch.frames.count - count
        eventCount += read
        ordinal += Int64(read)
        next = batch.frames.last?.position
        return isUnfinished
    }

    /// Notes that there are no more rows.
    mutating func reachedEnd() {
        if !stopped, isUnfinished { _ = endDamage(at: durable) }
    }

    /// Notes a damage whose end is known.
    mutating func skipDamage(to end: Int64) {
        isInDamage = true
        _ = endDamage(at: min(end, durable))
    }

    /// Takes what was trimmed meanwhile for what it is.
    mutating func forgetDamage(below first: Int64) {
        for index in gaps.indices where gaps[index].reason == "damaged" {
            if epochs.resume(after: gaps[index].to).ordinal < first { gaps[index].reason = "retention" }
        }
    }

    private mutating func endDamage(at end: Int64) -> Bool {
        isInDamage = false
        guard end > ordinal else { return true }
        guard eventCount == 0 else {
            stopped = true
            return false
        }
        damaged.append(ordinal + 1...end)
        miss(ordinal + 1...end, "damaged")
        return true
    }

    private mutating func miss(_ ordinals: ClosedRange<Int64>, _ reason: String) {
        let gap = Actions.Gap(
            from: epochs.position(of: ordinals.lowerBound), to: epochs.position(of: ordinals.upperBound),
            count: ordinals.count, reason: reason)
        gaps.append(gap)
        ordinal = ordinals.upperBound
        next = gap.to
    }

    /// Whether the row's own columns say what the block says under its checksum.
    private static func agrees(_ row: Row, with header: BlockHeader) -> Bool {
        row[0] == header.ordinal && row[1] == Int64(header.epoch) && row[2] == Int64(bitPattern: header.first)
            && row[3] == Int64(header.count) && row[4] == header.began && row[5] == header.newest
            && row[6] == header.offset && row[7] == Int64(header.blockBytes)
    }
}
#endif
