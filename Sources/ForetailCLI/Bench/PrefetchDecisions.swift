#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Foretail

/// The decisions of a `bench prefetch`, as CSV: `request,action,key,result`.
struct PrefetchDecisions {
    private static let blockBytes = 1 << 20

    private let writer: DescriptorWriter
    private var bytes: [UInt8] = Array("request,action,key,result\n".utf8)

    /// Creates the file, or empties it.
    init(path: String) throws {
        guard let descriptor = OpenDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644) else {
            let error = ErrorNumber.current
            throw ForetailError(.destination, "\(path): \(error.text); \(error.writingRemedy)")
        }
        writer = DescriptorWriter(descriptor, name: path)
    }

    /// Adds a line.
    mutating func add(_ request: Int, _ action: StaticString, _ key: String, _ result: StaticString = "") throws {
        bytes.append(contentsOf: "\(request),\(action),\(key),\(result)\n".utf8)
        if bytes.count >= Self.blockBytes { try flush() }
    }

    /// Writes what is left.
    mutating func flush() throws {
        try writer.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
