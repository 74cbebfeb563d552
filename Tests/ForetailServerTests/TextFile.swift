#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The lines of a file; none where it cannot be read.
func lines(of path: String) -> [String] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

/// Appends a text to a file.
func append(_ text: String, to path: String) throws {
    guard let file = fopen(path, "a") else { throw CancellationError() }
    fputs(text, file)
    fclose(file)
}
