#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How far threads that compute give way to those that answer requests, in steps of the system's niceness.
enum ThreadPriority {
    /// Matching and predicting.
    static let shard: Int32 = 5
    /// Training.
    static let training: Int32 = 5
    /// Reading the past for those who ask.
    static let past: Int32 = 10
    /// Taking bodies of one tenant apart.
    static let calls: Int32 = 5

    /// Lowers the priority of the thread that calls. Where the system refuses, it stays.
    static func lower(by steps: Int32) {
        // On Linux niceness belongs to the thread; 0 is the one that calls.
        #if canImport(Glibc)
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, steps)
        #else
        _ = setpriority(PRIO_PROCESS, 0, steps)
        #endif
    }
}
#endif
