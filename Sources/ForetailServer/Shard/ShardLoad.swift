#if Server
import Foretail

/// How busy a shard is: hot from where it works more than half of the time, until it works less than a fifth of it.
struct ShardLoad {
    /// For how long it is looked at, in microseconds.
    private static let windowMicroseconds: Int64 = 100_000

    /// Whether it runs hot.
    private(set) var isHot = false
    private var begin: Int64 = 0
    private var waited: Int64 = 0

    /// Begins to look at it.
    mutating func begin(_ now: Int64) {
        begin = now
        waited = 0
    }

    /// Counts time in which there was nothing to do, in microseconds.
    mutating func wait(_ microseconds: Int64) { waited += microseconds }

    /// Judges what was seen, when it was long enough.
    mutating func note(_ now: Int64) {
        let time = now - begin
        guard time >= Self.windowMicroseconds else { return }
        let worked = time - waited
        isHot = isHot ? worked * 5 >= time : worked * 2 > time
        begin(now)
    }
}
#endif
