#if Server
import ForetailSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The folder a server keeps everything in: `catalogue.sqlite`, `streams/NAME.sqlite`, `files/…`.
enum DataFolder {
    /// Creates what is missing, and takes the folder for this program.
    ///
    /// - Throws: ``LogFailure`` naming the folder and the remedy.
    static func prepare(_ path: String) throws(LogFailure) -> FolderLock {
        for folder in [path, "\(path)/streams", "\(path)/files"] { try create(folder) }
        return try FolderLock(path)
    }

    /// The file of a stream's log.
    static func logPath(_ folder: String, stream: String) -> String { "\(folder)/streams/\(stream).sqlite" }

    /// Creates a folder and those above it.
    static func create(_ path: String) throws(LogFailure) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/\(part)"
            if mkdir(built, 0o755) != 0, errno != EEXIST {
                let reason = String(cString: strerror(errno))
                throw LogFailure(
                    kind: .unavailable,
                    message: "\(built): \(reason); create it, or choose another folder with --data-dir")
            }
        }
    }
}

/// The claim of one program to a data folder; it ends with ``release()``, or with the program.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the folder.
    ///
    /// - Throws: ``LogFailure`` when another program has it.
    init(_ path: String) throws(LogFailure) {
        descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw LogFailure(kind: .unavailable, message: "\(path)/lock: \(reason); let the server write there")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw LogFailure(
                kind: .unavailable,
                message: "\(path): another server has this folder; stop it, or choose another one with --data-dir")
        }
    }

    deinit { close(descriptor) }

    /// Gives the folder up.
    func release() { flock(descriptor, LOCK_UN) }
}
#endif
