import Glibc

/// Work on a thread of its own: what waits in the kernel must not hold up the threads that other tests run on.
final class Background {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var thread = pthread_t()

    /// Starts the work.
    init(_ body: @escaping @Sendable () -> Void) {
        pthread_create(&thread, nil, Self.run, Unmanaged.passRetained(Work(body)).toOpaque())
    }

    /// Waits for its end.
    func wait() { pthread_join(thread, nil) }

    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
        return nil
    }
}
