#if Server
import Foretail
import GRDB

/// What writing a log needs: the file, and memory for blocks.
struct LogWriting: Sendable {
    var store: LogStore
    var encoder = BlockEncoder()

    /// What a write did.
    struct Outcome: Sendable {
        var last: Int64
        var bytes: Int64
        /// When the first event of it came in; nil where nothing was written.
        var began: Int64?
    }

    /// Gives file and memory back until the next write.
    mutating func rest() {
        store.reset()
        encoder = BlockEncoder()
    }

    /// Writes submissions in one transaction.
    mutating func append(
        _ work: [Submission], epoch: EpochTable.Entry, last: Int64, offset: Int64, settings: LogSettings
    ) throws(LogFailure) -> Outcome {
        var outcome = Outcome(last: last, bytes: 0)
        guard work.contains(where: { !$0.frames.isEmpty || $0.mark != nil }) else { return outcome }
        var encoder = BlockEncoder()
        swap(&encoder, &self.encoder)
        defer { swap(&encoder, &self.encoder) }
        let fault = store.fault
        let path = store.path
        try store.run(settings.durability) { database in
            try database.inTransaction(.immediate) {
                guard try Int64.fetchOne(database, sql: "SELECT max(epoch) FROM epoch") == Int64(epoch.epoch) else {
                    throw LogFailure(
                        kind: .unavailable,
                        message: "\(path): another program has opened the log; one server per data folder")
                }
                var cursor = BlockEncoder.Cursor()
                while let header = encoder.next(
                    of: work, from: &cursor, base: epoch.base, offset: offset + outcome.bytes,
                    target: settings.blockBytes)
                {
                    try fault?.check(.append)
                    try LogStore.insert(header, encoder.bytes, into: database)
                    outcome.last = header.ordinal + Int64(header.count) - 1
                    outcome.bytes += Int64(header.blockBytes)
                    outcome.began = outcome.began ?? header.began
                }
                if let mark = work.last(where: { $0.mark != nil })?.mark { try LogStore.keep(mark, in: database) }
                try fault?.check(.commit)
                return .commit
            }
            try fault?.check(.committed)
        }
        return outcome
    }
}
#endif
