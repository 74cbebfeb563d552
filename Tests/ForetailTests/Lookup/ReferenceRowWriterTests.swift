import FieldExtraction
import Testing

@testable import Foretail

@Suite("Rows of a store as JSON")
struct ReferenceRowWriterTests {
    private let columns = ReferenceColumns(["a", "b\"\n"])

    /// One row of one value, as text.
    private func value(_ write: (inout ReferenceRowWriter) -> Void) throws -> String {
        var writer = ReferenceRowWriter(rowLimit: 1)
        let hasRoom = writer.beginRow()
        #expect(hasRoom)
        writer.beginValue(0, of: columns)
        write(&writer)
        writer.endRow()
        let rows = try #require(writer.finish())
        #expect(throws: Never.self) { try JSONValue(parsing: rows.json) }
        return String(String(decoding: rows.json, as: UTF8.self).dropFirst(6).dropLast(2))
    }

    private func text(_ bytes: [UInt8], _ write: (inout ReferenceRowWriter, UnsafeBufferPointer<UInt8>) -> Void) throws
        -> String
    {
        try value { writer in bytes.withUnsafeBufferPointer { write(&writer, $0) } }
    }

    @Test("Values keep their kinds")
    func kinds() throws {
        #expect(try value { $0.appendNull() } == "null")
        #expect(try value { $0.append(boolean: true) } == "true")
        #expect(try value { $0.append(integer: .min) } == "-9223372036854775808")
        #expect(try value { $0.append(double: 2.5) } == "2.5")
        #expect(try value { $0.append(double: -.infinity) } == "\"-Infinity\"")
        #expect(try value { $0.append(double: .nan) } == "\"NaN\"")
        #expect(try text(Array("1e+20".utf8)) { $0.append(number: $1) } == "1e+20")
        #expect(try text(Array("NaN".utf8)) { $0.append(number: $1) } == "\"NaN\"")
        #expect(try text(Array("007".utf8)) { $0.append(number: $1) } == "\"007\"")
        #expect(try text(Array("{\r\n\"k\": 1}".utf8)) { $0.append(json: $1) } == "{  \"k\": 1}")
    }

    @Test("Text is valid UTF-8 and valid JSON whatever a store holds")
    func broken() throws {
        #expect(try text([0x61, 0xFF, 0x22, 0x00]) { $0.append(text: $1) } == "\"a\u{FFFD}\\\"\\u0000\"")
        #expect(try text([0x22, 0xFF, 0x22]) { $0.append(json: $1) } == "\"\u{FFFD}\"")
    }

    @Test(
        "Bytes are Base64",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("\u{FB}\u{3FF}", "w7vPvw==")])
    func base64(_ plain: String, _ expected: String) throws {
        #expect(try text(Array(plain.utf8)) { $0.append(base64: $1) } == "\"\(expected)\"")
    }

    @Test("Rows beyond the limit are cut, and the answer says so")
    func limit() throws {
        var writer = ReferenceRowWriter(rowLimit: 2)
        for number in 0..<2 {
            let hasRoom = writer.beginRow()
            #expect(hasRoom)
            writer.beginValue(0, of: columns)
            writer.append(integer: Int64(number))
            writer.beginValue(1, of: columns)
            writer.appendNull()
            writer.endRow()
        }
        let whole = try #require(writer.finish())
        #expect(whole.isCut == false && whole.count == 2)
        #expect(String(decoding: whole.json, as: UTF8.self) == #"[{"a":0,"b\"\n":null},{"a":1,"b\"\n":null}]"#)
        let hasRoom = writer.beginRow()
        #expect(!hasRoom)
        let cut = try #require(writer.finish())
        #expect(cut.isCut && cut.json == whole.json)
    }

    @Test("A row over the bound of bytes is left out; where it is the first, there is no answer")
    func bytes() throws {
        func write(_ lengths: [Int]) -> ReferenceRows? {
            var writer = ReferenceRowWriter(rowLimit: 9, byteLimit: 64)
            for length in lengths where writer.beginRow() {
                writer.beginValue(0, of: columns)
                let text = [UInt8](repeating: 0x78, count: length)
                text.withUnsafeBufferPointer { writer.append(text: $0) }
                writer.endRow()
            }
            return writer.finish()
        }
        #expect(write([10, 100, 10])?.count == 1)
        #expect(write([10, 100, 10])?.isCut == true)
        #expect(write([100]) == nil)
        #expect(write([]) == ReferenceRows.none)
    }

    @Test("A name that two columns have is found")
    func duplicates() {
        #expect(ReferenceColumns(["a", "b"]).duplicate == nil)
        #expect(ReferenceColumns(["a", "b", "a"]).duplicate == "a")
        #expect(ReferenceColumns(["id", "version"]).version == 1)
    }
}
