#if Server
import GRDB
import Synchronization

/// Errors that a test plants.
final class LogFault: Sendable {
    /// Where one can be planted.
    enum Place: Hashable, Sendable {
        case open, append, commit, committed, begin, checkpoint, trim
    }

    private let planted = Mutex<(errors: [Place: (code: ResultCode, times: Int)], pages: Int?)>(([:], nil))

    init() {}

    /// Plants an error, to be raised so many times.
    func plant(_ code: ResultCode, at place: Place, times: Int = 1) {
        planted.withLock { $0.errors[place] = (code, times) }
    }

    /// Takes all errors out.
    func clear() { planted.withLock { $0.errors = [:] } }

    /// The most pages the file may have.
    func pageLimit() -> Int? { planted.withLock { $0.pages } }

    /// Sets the most pages, from the next opening on.
    func setPageLimit(_ pages: Int?) { planted.withLock { $0.pages = pages } }

    /// Raises what is planted here.
    func check(_ place: Place) throws {
        let code: ResultCode? = planted.withLock { planted in
            guard let (code, times) = planted.errors[place], times > 0 else { return nil }
            planted.errors[place] = (code, times - 1)
            return code
        }
        if let code { throw DatabaseError(resultCode: code, message: "planted") }
    }
}
#endif
