#if Server
public import FieldExtraction
public import Foretail
import GRDB
import Synchronization

extension StreamLog {
    /// Bytes of blocks that one transaction forgets; appends wait no longer than that takes.
    private static let trimBytes: Int64 = 16 << 20

    /// Forgets events up to and including a position. Blocks.
    ///
    /// Space is freed by whole blocks, for this log's coming ones; ``giveBack()`` gives the disk what they will not take soon.
    ///
    /// - Throws: ``LogFailure`` where the file cannot be written; part may be forgotten then.
    public func trim(through position: Position) throws(LogFailure) {
        let last = try state.withLock { (state) throws(LogFailure) -> Int64 in
            guard !state.isClosed else {
                throw LogFailure(kind: .closed, message: "the log of stream '\(stream)' is closed")
            }
            return min(state.durable, state.epochs.resume(after: position).ordinal)
        }
        try forget(through: last)
    }

    /// Forgets blocks whose events all came in before the retention's age, then the oldest until the rest fits its bytes. Blocks.
    ///
    /// - Returns: The last position forgotten; nil where nothing was.
    /// - Throws: ``LogFailure`` where the file cannot be read or written.
    public func enforceRetention(now: Timestamp) throws(LogFailure) -> Position? {
        let (settings, first, durable, isClosed) = state.withLock { ($0.settings, $0.first, $0.durable, $0.isClosed) }
        guard !isClosed else { throw LogFailure(kind: .closed, message: "the log of stream '\(stream)' is closed") }
        guard settings.retentionMicroseconds != nil || settings.retentionBytes != nil, first <= durable else {
            return nil
        }
        let oldest = settings.retentionMicroseconds.map { now.microseconds.subtractingReportingOverflow($0) }
        let horizon = oldest.map { $0.overflow ? .min : $0.partialValue } ?? .min
        // As a rule nothing is to be forgotten, and the files of a log that rests stay closed.
        let isDue = state.withLock { state in
            state.bytes > Int64(settings.retentionBytes ?? .max) || (state.oldest ?? .max) < horizon
        }
        guard isDue else { return nil }
        defer { noteUse() }
        let last = try reading.withLock { (reader) throws(LogFailure) -> Int64 in
            try LogStore.failing(path) {
                try reader.run { database in
                    let end = try Int64.fetchOne(
                        database, sql: "SELECT offset + size FROM block ORDER BY id DESC LIMIT 1")
                    let floor = (end ?? 0) - Int64(settings.retentionBytes ?? .max)
                    var last = first - 1
                    let rows = try Row.fetchCursor(
                        database, sql: "SELECT id, count, newest, offset FROM block ORDER BY id")
                    while let row = try rows.next() {
                        guard (row[2] as Int64) < horizon || (row[3] as Int64) < floor else { break }
                        last = (row[0] as Int64) + (row[1] as Int64) - 1
                    }
                    return min(last, durable)
                }
            }
        }
        guard last >= first else { return nil }
        try forget(through: last)
        return state.withLock { $0.epochs.position(of: last) }
    }

    /// Gives the disk back what earlier forgetting left free in the file, at most 64 MiB a call; 16 MiB and a quarter of what is in
    /// use stay for coming blocks. Blocks.
    ///
    /// - Throws: ``LogFailure`` where the file cannot be written.
    public func giveBack() throws(LogFailure) {
        guard state.withLock({ $0.mayGiveBack }) else { return }
        defer { noteUse() }
        for _ in 0..<Self.mostSteps {
            let mayHaveMore = try writing.withLock { (writing) throws(LogFailure) -> Bool in
                guard !state.withLock({ $0.isClosed }) else { return false }
                do throws(LogFailure) {
                    let mayHaveMore = try writing.store.giveBack(pages: Self.stepPages)
                    // The file becomes shorter when the journal is moved into it.
                    let written = Self.stepPages * LogStore.pageBytes
                    if mayHaveMore { writing.store.checkpoint(after: written) } else { writing.store.settle() }
                    return mayHaveMore
                } catch {
                    writing.store.reset()
                    throw error
                }
            }
            if !mayHaveMore {
                state.withLock { $0.mayGiveBack = false }
                return
            }
        }
    }

    /// Pages given back in one step, between which appends get their turn, and steps of one call.
    private static let stepPages = 256
    private static let mostSteps = 16

    /// Forgets events up to an ordinal, block by block.
    private func forget(through last: Int64) throws(LogFailure) {
        // Readers first: what they miss from now on is retention, not damage.
        let isNews = state.withLock { state in
            guard last >= state.first else { return false }
            state.first = last + 1
            state.mayGiveBack = true
            return true
        }
        guard isNews else { return }
        defer { noteUse() }
        var isDone = false
        while !isDone {
            isDone = try writing.withLock { (writing) throws(LogFailure) -> Bool in
                do throws(LogFailure) {
                    let (isDone, contents) = try writing.store.forget(through: last, bytes: Self.trimBytes)
                    state.withLock { state in
                        state.bytes = contents.bytes
                        state.oldest = contents.oldest
                    }
                    return isDone
                } catch {
                    // The connection is not to be trusted; a new one says what is there.
                    writing.store.reset()
                    if let contents = try? writing.store.run(LogStore.contents) {
                        state.withLock { $0.first = contents.first }
                    }
                    throw error
                }
            }
        }
    }
}
#endif
