import Glibc

/// An empty folder of its own, removed with everything in it at the end of a test.
final class TemporaryFolder {
    let path: String

    init() {
        // Six places for mkdtemp to fill.
        let places = String(repeating: "X", count: 6)
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/foretail-test-\(places)".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no folder can be made in \(parent)") }
        path = String(cString: made)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }

    /// The path of a file in the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file anew, or appends to it.
    func write(_ text: String, to name: String, appending: Bool = false) {
        let number = open(file(name), O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC), 0o644)
        defer { close(number) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + offset, bytes.count - offset) }
            precondition(count > 0, "a test file can be written")
            offset += count
        }
    }

    /// Appends to a file.
    func append(_ text: String, to name: String) { write(text, to: name, appending: true) }

    /// The text of a file.
    func text(_ name: String) -> String {
        let number = open(file(name), O_RDONLY)
        defer { close(number) }
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(number, &block, block.count)
            if count <= 0 { return String(decoding: result, as: UTF8.self) }
            result += block[..<count]
        }
    }

    /// Gives a file another name.
    func move(_ name: String, to other: String) { rename(file(name), file(other)) }
}
