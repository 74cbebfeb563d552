#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How far threads that compute give way to those that answer requests, in steps of the system's niceness.
enum ThreadPriority {
    /// Matching and predicting of a shard that runs hot.
    static let hotShard: Int32 = 10
    /// Training.
    static let training: Int32 = 5
    /// Reading the past for those who ask.
    static let past: Int32 = 10
    /// Taking bodies apart of a tenant that sends many.
    static let hotCalls: Int32 = 10
    /// Writing logs of a tenant that writes much.
    static let hotWriter: Int32 = 10

    /// Lowers the priority of the thread that calls, below what the program was started with. Where the system refuses, it stays.
    static func lower(by steps: Int32) {
        // On Linux niceness belongs to the thread; 0 is the one that calls.
        #if canImport(Glibc)
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
        #else
        let which = PRIO_PROCESS
        #endif
        _ = setpriority(which, 0, getpriority(which, 0) + steps)
    }
}
#endif
