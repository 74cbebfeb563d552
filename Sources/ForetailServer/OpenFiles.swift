#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How many files and connections the program may have open at a time. A stream's log takes three, a reading of it two more.
enum OpenFiles {
    /// The limit in force.
    static var limit: Int { Int(clamping: limits().rlim_cur) }

    /// Raises the limit to what the system allows without asking: what is usual (1,024) is enough for some 300 streams.
    static func raise() {
        var limits = limits()
        limits.rlim_cur = limits.rlim_max
        setrlimit(resource, &limits)
    }

    /// How many logs may have their files open: as many as are wished for, if they leave half of the files to readers and
    /// producers.
    static func logs(within wish: Int) -> Int { max(1, min(wish, limit / 10)) }

    private static func limits() -> rlimit {
        var limits = rlimit()
        getrlimit(resource, &limits)
        return limits
    }

    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif
}
#endif
