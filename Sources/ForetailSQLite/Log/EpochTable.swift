import Forecasting
import Foretail

/// The epochs of a log, and with them the way between positions and ordinals.
///
/// An ordinal counts the durable events of a log over all epochs, from 1. Of an epoch a first part is durable, so its events
/// have the ordinals behind those of the epoch before. An epoch without events need not be in the table.
struct EpochTable: Sendable, Equatable {
    /// One epoch.
    struct Entry: Sendable, Equatable {
        /// Its number.
        var epoch: UInt32
        /// The ordinal of the last event before it.
        var base: Int64

        /// What stands beside both in the file.
        var checksum: Int64 {
            let bytes = [UInt64(epoch), UInt64(bitPattern: base)].flatMap { value in
                (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
            }
            return Int64(bitPattern: Checksum64.of(bytes[...]))
        }
    }

    /// The epochs, ascending; the last is the current one. Never empty.
    var entries: [Entry]

    /// The current epoch.
    var current: Entry { entries[entries.count - 1] }

    /// The position of an ordinal from 1 on, counted on in the current epoch.
    func position(of ordinal: Int64) -> Position {
        // The last epoch that begins before it. Several may have the same base; only the last of them can have events.
        var low = 0
        var high = entries.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if entries[middle].base < ordinal { low = middle } else { high = middle }
        }
        let entry = entries[low]
        return Position(epoch: entry.epoch, sequence: UInt64(max(0, ordinal - entry.base)))
    }

    /// How the events behind a position go on.
    struct Resumption: Equatable {
        /// The ordinal of the last event that need not be read.
        var ordinal: Int64
        /// The last sequence of the position's epoch that is durable, where the position lies beyond it.
        var lastDurable: UInt64?
        /// A position that stands for `ordinal` and does not lie before the one asked for. At the end of what is stored of
        /// earlier epochs it is the beginning of the current one, so that whoever has read all knows that he has.
        var position: Position
    }

    /// Where to go on behind a position of this log.
    func resume(after position: Position) -> Resumption {
        guard position.partition == 0, position.epoch <= current.epoch else {
            return Resumption(ordinal: .max, position: position)
        }
        guard let next = entries.firstIndex(where: { $0.epoch > position.epoch }) else {
            // The current epoch: what is not durable yet is not lost.
            let ordinal = current.base.addingReportingOverflow(Int64(clamping: position.sequence))
            return Resumption(ordinal: ordinal.overflow ? .max : ordinal.partialValue, position: position)
        }
        let following = entries[next]
        var last: UInt64 = 0
        if next > 0, entries[next - 1].epoch == position.epoch {
            last = UInt64(following.base - entries[next - 1].base)
        }
        guard position.sequence > last else {
            let ordinal = following.base - Int64(last - position.sequence)
            return Resumption(ordinal: ordinal, position: ordinal == current.base ? beginning : position)
        }
        return Resumption(
            ordinal: following.base, lastDurable: last,
            position: following.base == current.base ? beginning : Position(epoch: following.epoch, sequence: 0))
    }

    /// The place before the first event of the current epoch.
    var beginning: Position { Position(epoch: current.epoch, sequence: 0) }
}
