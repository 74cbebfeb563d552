#if Server
import Synchronization

/// Whether Ctrl-C was pressed, and what is to stop because of it.
final class Interruption: Sendable {
    private let reader = Mutex<IngestReader?>(nil)
    private let noted = Atomic<Bool>(false)

    /// Whether it was.
    var isNoted: Bool { noted.load(ordering: .relaxed) }

    /// Lets the interruption end a reading.
    func stops(_ reader: IngestReader) {
        self.reader.withLock { $0 = reader }
        if isNoted { reader.stop() }
    }

    /// Notes it.
    func note() {
        noted.store(true, ordering: .relaxed)
        reader.withLock { $0?.stop() }
    }
}
#endif
