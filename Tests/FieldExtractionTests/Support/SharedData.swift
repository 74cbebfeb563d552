import FieldExtraction
import Glibc
import Testing

/// The data that is shared between projects, outside this repository.
enum SharedData {
    /// The folder: `FORETAIL_SHARED`, or `shared` beside the repository.
    static let folder: String = {
        if let named = getenv("FORETAIL_SHARED") { return String(cString: named) }
        var parts = #filePath.split(separator: "/").map(String.init)
        // Support/SharedData.swift in Tests/FieldExtractionTests of the package.
        parts.removeLast(5)
        return "/" + parts.joined(separator: "/") + "/shared"
    }()

    /// The bytes of a file, or nil if it is not there.
    static func read(_ name: String) -> [UInt8]? {
        guard let file = fopen(folder + "/" + name, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// One document of the JSON parsing suite.
    struct ParsingCase: Sendable, CustomTestStringConvertible {
        var name: String
        var expect: String
        var bytes: [UInt8]
        var testDescription: String { name }
    }

    /// The documents of the JSON parsing suite; none where the folder is missing.
    static let parsingCases: [ParsingCase] = {
        guard let bytes = read("data/filters/json-parsing.jsonl") else { return [] }
        return bytes.split(separator: 0x0A).compactMap { line in
            guard let value = try? JSONValue(parsing: Array(line)), case .string(let name)? = value["name"],
                case .string(let expect)? = value["expect"], case .string(let text)? = value["base64"]
            else { return nil }
            return ParsingCase(name: name, expect: expect, bytes: base64(text))
        }
    }()

    private static func base64(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits = 0
        var width = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { break }
            bits = (bits << 6 | value) & 0xFFFF
            width += 6
            if width >= 8 {
                width -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> width))
            }
        }
        return bytes
    }
}
