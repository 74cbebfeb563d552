#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread of its own for a pipeline: its task may wait in the kernel or run hot without taking a thread from anybody.
///
///     let executor = ThreadExecutor()
///     await Task(executorPreference: executor) { await run() }.value
///
/// The thread ends when the executor is released. Hand-over of a job costs a few microseconds, so use it per pipeline, not
/// per event.
@safe public final class ThreadExecutor: TaskExecutor {
    /// What thread and owner share; the thread keeps it alive.
    @safe private final class Queue: @unchecked Sendable {
        var jobs: [UnownedJob] = []
        var isClosed = false
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init() {
            unsafe pthread_mutex_init(mutex, nil)
            unsafe pthread_cond_init(condition, nil)
        }

        deinit {
            unsafe pthread_cond_destroy(condition)
            unsafe pthread_mutex_destroy(mutex)
            unsafe condition.deallocate()
            unsafe mutex.deallocate()
        }

        /// Runs jobs until the owner is gone.
        func drain(as executor: UnownedTaskExecutor) {
            while let batch = next() {
                for job in batch { unsafe job.runSynchronously(on: executor) }
            }
        }

        private func next() -> [UnownedJob]? {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            while jobs.isEmpty {
                if isClosed { return nil }
                unsafe pthread_cond_wait(condition, mutex)
            }
            defer { jobs.removeAll(keepingCapacity: true) }
            return jobs
        }

        func add(_ job: UnownedJob?) {
            unsafe pthread_mutex_lock(mutex)
            if let job { jobs.append(job) } else { isClosed = true }
            unsafe pthread_cond_signal(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
    }

    /// What the new thread is given.
    @safe private final class Start {
        let queue: Queue
        let executor: UnownedTaskExecutor

        init(queue: Queue, executor: UnownedTaskExecutor) {
            self.queue = queue
            unsafe self.executor = executor
        }
    }

    private let queue = Queue()

    /// Starts the thread.
    public init() {
        let start = unsafe Start(queue: queue, executor: asUnownedTaskExecutor())
        let context = unsafe Unmanaged.passRetained(start).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(&thread, nil, threadMain, context)
        precondition(status == 0, "the system gives no further thread")
        pthread_detach(thread)
    }

    deinit { queue.add(nil) }

    /// Hands a job to the thread.
    public func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }

    fileprivate static func run(_ context: UnsafeMutableRawPointer) {
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        unsafe start.queue.drain(as: start.executor)
    }
}

// A named function: a closure with an endless loop as thread body crashes the compiler (Swift 6.3.1).
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context = unsafe context { unsafe ThreadExecutor.run(context) }
    return nil
}
