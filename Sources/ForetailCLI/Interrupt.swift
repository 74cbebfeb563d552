import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Ctrl-C and SIGTERM: the first lets the work end in order, a pipeline after the batch at hand, with its summary; the second
/// ends at once.
///
/// The handler only writes to a pipe, which is all a handler may do; a thread of its own reads the pipe and acts.
enum Interrupt {
    nonisolated(unsafe) private static var pipe: (Int32, Int32) = (-1, -1)
    nonisolated(unsafe) private static var action: (@Sendable () -> Void)?
    nonisolated(unsafe) private static var wakeEnd: Int32 = -1
    nonisolated(unsafe) private static var wakeStart: Int32 = -1

    /// Stops `control` when a signal comes.
    static func install(_ control: PipelineControl) {
        install { control.stop() }
    }

    /// Does `action` when a signal comes, on a thread of its own.
    static func install(_ action: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { return }
        pipe = (ends[0], ends[1])
        guard Glibc.pipe(&ends) == 0 else { return }
        (wakeEnd, wakeStart) = (ends[0], ends[1])
        Self.action = action
        var thread = pthread_t()
        pthread_create(&thread, nil, interruptThread, nil)
        pthread_detach(thread)
        var disposition = sigaction()
        disposition.__sigaction_handler.sa_handler = interruptHandler
        sigaction(SIGINT, &disposition, nil)
        sigaction(SIGTERM, &disposition, nil)
    }

    /// A descriptor that becomes readable with the first signal, to end a wait; nil before `install`.
    static var wake: Int32? { wakeEnd >= 0 ? wakeEnd : nil }

    fileprivate static func note() {
        var byte: UInt8 = 1
        _ = Glibc.write(pipe.1, &byte, 1)
    }

    fileprivate static func wait() {
        var byte: UInt8 = 0
        var seen = 0
        while read(pipe.0, &byte, 1) == 1 {
            seen += 1
            if seen > 1 { _exit(130) }
            action?()
            // Nobody reads this byte: the end stays readable, and every wait is over.
            _ = Glibc.write(wakeStart, &byte, 1)
        }
    }
}

private func interruptHandler(_ signal: Int32) { Interrupt.note() }

private func interruptThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Interrupt.wait()
    return nil
}
