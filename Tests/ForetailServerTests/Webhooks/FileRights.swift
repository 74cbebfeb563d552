import Foundation

/// The rights of a file; nil where there is none.
func rights(of path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
}
