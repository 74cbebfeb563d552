#if Server
import Forecasting
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What other threads ask of a shard, in the order they asked; bounded by the bytes of events that wait or are being done.
///
/// A tenant may fill as much as it leaves free (dynamic thresholds: Choudhury, Hahne, IEEE/ACM Transactions on Networking 6 (2),
/// 1998): one alone half of the room, two a third each. Whoever has nothing in it finds room, however many others are behind.
final class ShardInbox: @unchecked Sendable {
    /// One thing to do.
    enum Item: Sendable {
        /// Events to append and process.
        case append(AppendJob)
        /// Work on the shard's state, done when everything asked before in its lane is done.
        case work(@Sendable (inout ShardState) -> Void, lane: Lane)
        /// The result of a training job. It counts at an event that is fixed already, so it need not wait for its turn.
        case trained(id: Int, ModelResult)
        /// What a store said of fetches. Events wait for it, so that it need not wait for its turn.
        case answers([ReferenceAnswer])
        /// The number up to which records of watches are kept. Readers wait for them.
        case kept(through: Int64)
        /// A store's notice of changes.
        case notice(ReferenceNotice, store: String)
    }

    private var items: [Item] = []
    private var waitingBytes = 0
    private var laneBytes: [Lane: Int] = [:]
    private var isClosed = false
    private var processingEnd = Int64.max
    private var isWaiting = false
    private let limit: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Creates an inbox that takes so many bytes of events.
    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// The bytes of events that wait or are being done.
    var bytes: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return waitingBytes
    }

    /// Until when events are processed, in microseconds of the monotonic clock; then they are left to the next start.
    var processesUntil: Int64 {
        get {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return processingEnd
        }
        set {
            pthread_mutex_lock(mutex)
            processingEnd = newValue
            pthread_mutex_unlock(mutex)
        }
    }

    /// Adds an item.
    ///
    /// - Returns: Whether there was room; work always has.
    func add(_ item: Item) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        if case .append(let job) = item {
            let lane = job.host.lane.whole
            let own = laneBytes[lane] ?? 0
            let free = limit - waitingBytes
            // A tenant's first may take all that is free, and where nothing waits, it goes however large it is.
            guard waitingBytes == 0 || own + job.cost <= free else { return false }
            laneBytes[lane] = own + job.cost
            waitingBytes += job.cost
        }
        items.append(item)
        if isWaiting { pthread_cond_signal(condition) }
        return true
    }

    /// Lets the shard end when it has done what is there.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Gives back the room of events of a stream's lane that are done.
    func release(_ cost: Int, of lane: Lane) {
        pthread_mutex_lock(mutex)
        let lane = lane.whole
        waitingBytes -= cost
        let left = (laneBytes[lane] ?? 0) - cost
        laneBytes[lane] = left > 0 ? left : nil
        pthread_mutex_unlock(mutex)
    }

    /// Takes everything that waits. The events among it keep their room until they are released.
    ///
    /// - Parameter deadline: When to return with nothing, in microseconds of the monotonic clock.
    /// - Returns: nil when the inbox is closed and empty.
    func take(until deadline: Int64) -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty {
            if isClosed { return nil }
            var time = timespec(tv_sec: Int(deadline / 1_000_000), tv_nsec: Int(deadline % 1_000_000) * 1_000)
            isWaiting = true
            let status = pthread_cond_timedwait(condition, mutex, &time)
            isWaiting = false
            if status == ETIMEDOUT { break }
        }
        return takeAll()
    }

    /// Takes everything that waits, if anything does.
    func poll() -> [Item] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return takeAll()
    }

    private func takeAll() -> [Item] {
        let taken = items
        items = []
        return taken
    }
}
#endif
