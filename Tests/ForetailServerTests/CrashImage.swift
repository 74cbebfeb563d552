#if Server
import Foundation

/// The data folder of a running server as its killing would leave it, for another server.
enum CrashImage {
    /// Copies what is on the disk to a new folder. Nothing may be written meanwhile.
    ///
    /// - Parameter catalogue: The folder that the catalogue is taken from; nil: the same.
    static func take(of folder: String, catalogue: String? = nil) throws -> String {
        let copy = TestServer.temporaryFolder()
        try FileManager.default.createDirectory(atPath: "\(copy)/streams", withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/streams") {
            try copyFile("\(folder)/streams/\(name)", "\(copy)/streams/\(name)")
        }
        for name in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
            try copyFile("\(catalogue ?? folder)/\(name)", "\(copy)/\(name)")
        }
        return copy
    }

    private static func copyFile(_ from: String, _ to: String) throws {
        // What several connections share is made anew by the first.
        guard !from.hasSuffix("-shm"), FileManager.default.fileExists(atPath: from) else { return }
        try FileManager.default.copyItem(atPath: from, toPath: to)
    }
}
#endif
