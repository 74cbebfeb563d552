#if Server
import Foundation
import GRDB

extension LogFailure {
    /// Names an error of SQLite.
    init(_ error: DatabaseError, path: String) {
        let text = "\(error.message ?? "no message") (SQLite \(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                kind: .full, message: "\(path): no room on the disk: \(text); free some, or shorten the retention")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                kind: .unavailable,
                message: "\(path): another program holds the file: \(text); one server per data folder")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                kind: .unavailable,
                message: """
                    \(path): the file is damaged: \(text); restore it from a backup, or save what can be read with \
                    `sqlite3 FILE .recover`, or move it away to begin anew
                    """)
        case .SQLITE_CANTOPEN where Self.isOutOfFiles:
            self.init(
                kind: .unavailable,
                message: """
                    \(path): the program may not open more files; raise the limit (`ulimit -n`, LimitNOFILE of systemd), \
                    or remove streams
                    """)
        default:
            self.init(kind: .unavailable, message: "\(path): \(text); see to the disk and the rights of the folder")
        }
    }

    /// Whether no file can be opened at all: SQLite does not say why it could not.
    private static var isOutOfFiles: Bool {
        let descriptor = open("/", O_RDONLY)
        guard descriptor < 0 else {
            close(descriptor)
            return false
        }
        return errno == EMFILE || errno == ENFILE
    }
}
#endif
