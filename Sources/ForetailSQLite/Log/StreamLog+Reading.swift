#if Server
public import FieldExtraction
public import Foretail
import GRDB
import Synchronization

extension StreamLog {
    /// Reads durable events behind a position, oldest first. Blocks; call it from a thread that may.
    ///
    /// - Parameters:
    ///   - position: The last position already seen; nil: from the first event stored.
    ///   - limit: The most events to read.
    ///   - bytes: About how many bytes of events to read; the event that goes beyond is read whole.
    ///   - batch: The events are appended to it.
    ///   - ingestTimes: When they came in, an element per event, is appended to it.
    /// - Throws: ``LogFailure`` where the file cannot be read; what is damaged in it is a gap as long as something behind
    ///   it can be read.
    /// - Complexity: O(bytes read), and up to a block before and behind them. Memory: the same.
    public func read(
        after position: Position?, limit: Int, bytes: Int, into batch: inout EventBatch, ingestTimes: inout [Timestamp]
    ) throws(LogFailure) -> LogReading {
        let view = state.withLock { $0.isClosed ? nil : ($0.epochs, $0.first, $0.durable) }
        guard let (epochs, first, durable) = view else {
            throw LogFailure(kind: .closed, message: "the log of stream '\(stream)' is closed")
        }
        var passage = ReadingPassage(epochs: epochs, first: first, durable: durable, after: position)
        passage.budget = BlockDecoder.Budget(events: limit, bytes: bytes)
        guard passage.isUnfinished else { return passage.reading }
        defer { noteUse() }
        return try reading.withLock { (reader) throws(LogFailure) -> LogReading in
            do throws(LogFailure) {
                try LogStore.failing(path) {
                    do {
                        try reader.walk(from: passage.ordinal + 1) { row, buffer in
                            passage.visit(row, &buffer, into: &batch, ingestTimes: &ingestTimes)
                        }
                        passage.reachedEnd()
                    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                        reader.close()
                        guard passage.eventCount == 0 else { return }
                        guard let next = try reader.nextReadable(behind: passage.ordinal, through: durable) else {
                            throw error
                        }
                        passage.skipDamage(to: next - 1)
                    }
                }
            } catch {
                reader.close()
                throw error
            }
            noteDamage(&passage)
            return passage.reading
        }
    }

    /// The position behind which the last so many durable events lie, over all epochs; nil where fewer are stored.
    public func position(beforeLast count: Int) -> Position? {
        state.withLock { state in
            let ordinal = state.durable - Int64(count)
            return ordinal >= state.first ? state.epochs.position(of: ordinal) : nil
        }
    }

    /// The number of durable events behind a position; nil: of all that are stored.
    public func count(after position: Position?) -> Int {
        state.withLock { state in
            let seen = position.map { state.epochs.resume(after: $0).ordinal } ?? 0
            return Int(max(0, state.durable - max(seen, state.first - 1)))
        }
    }

    /// Counts damage, and tells what was trimmed meanwhile from it.
    private func noteDamage(_ passage: inout ReadingPassage) {
        guard !passage.damaged.isEmpty else { return }
        let damaged = passage.damaged
        let first = state.withLock { state in
            for range in damaged where range.lowerBound >= state.first { state.damaged.insert(range.lowerBound) }
            return state.first
        }
        passage.forgetDamage(below: first)
    }
}
#endif
