#if Server
import ForetailSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The folder a server keeps everything in: `catalogue.sqlite`, `streams/NAME.sqlite`, `files/…`.
enum DataFolder {
    /// Creates what is missing.
    ///
    /// - Throws: ``LogFailure`` naming the folder and the remedy.
    static func prepare(_ path: String) throws(LogFailure) {
        for folder in [path, "\(path)/streams", "\(path)/files"] { try create(folder) }
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
#endif
