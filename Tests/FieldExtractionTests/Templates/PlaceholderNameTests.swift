import FieldExtraction
import Testing

@Suite("Numbers of lines by name") struct PlaceholderNameTests {
    private func events(_ lines: [String]) throws -> [JSONValue] {
        let reader = LogLineReader()
        return try lines.map { line in
            var output: [UInt8] = []
            Array(line.utf8).withUnsafeBufferPointer { reader.append($0, to: &output) }
            return try JSONValue(parsing: output)
        }
    }

    private func numbers(_ line: String) throws -> [String] {
        guard case .object(let members)? = try events([line])[0]["numbers"] else { return [] }
        return members.map { member in
            switch member.value {
            case .integer(let number): "\(member.key)=\(number)"
            case .double(let number): "\(member.key)=\(number)"
            default: "\(member.key)=?"
            }
        }
    }

    @Test(
        "A number is named by the word before it",
        arguments: [
            ("Failed password for root from 10.0.0.7 port 22 ssh2", ["port=22", "ssh=2"]),
            ("Received block blk_-160 of size 91178 from /10.250.10.6", ["blk=-160", "size=91178"]),
            ("status: 200 len: 1893 time: 0.25", ["status=200", "len=1893", "time=0.25"]),
            ("free 317.5 KB, took 15ms", ["free=317.5", "took=15"]),
            ("uid=0 euid=7 [pri=3]", ["uid=0", "euid=7", "pri=3"]),
            // A connective takes the word before it along.
            ("Got 5 blocks in 20 ms", ["Got=5", "blocks_in=20"]),
            // What stands in front of nothing is named by what is behind.
            ("17 packets lost", ["packets=17"]), ("15ms", ["ms=15"]), ("42", ["value=42"]),
            // Values side by side share a name, and equal names are numbered.
            ("Fan speeds ( 3552 3534 3375 )", ["speeds=3552", "speeds_2=3534", "speeds_3=3375"]),
            ("state: 1 state: 2", ["state=1", "state_2=2"]),
            // Words of CEL could not be written in a filter.
            ("in 5 goes", ["in_=5"]), ("läuft für 5", ["für=5"]),
            ("no number here", []), ("from 10.0.0.7 only", []),
        ])
    func names(line: String, expected: [String]) throws { #expect(try numbers(line) == expected) }

    @Test("The fields of an access log say it all")
    func access() throws {
        #expect(try numbers(#"10.0.0.7 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326"#) == [])
    }

    @Test("Names stay when a template becomes more general, units are those of its name, texts are left out")
    func stay() throws {
        let tenants = ["ann", "bob", "cat", "dan", "eve", "fay", "gus"]
        let lines = tenants.enumerated().map { "tenant \($1) used \($0 + 1) s" } + ["tenant ann used 20 ms"]
        let all = try events(lines)
        #expect(all[0]["numbers"]?["used"] == .integer(1) && all[6]["numbers"]?["used"] == .integer(7))
        #expect(all[7]["numbers"]?["used"] == .double(0.02))
        let mixed = try events(["port 22 open", "port 10.0.0.7 open", "port 23 open"])
        #expect(mixed.map { $0["numbers"]?["port"] } == [.integer(22), nil, .integer(23)])
    }

    @Test("However many numbers a line has, sixteen places have names, and a name has at most 32 bytes")
    func limits() throws {
        #expect(try numbers((1...40).map { "w\($0 * 3)" }.joined(separator: " ")).count <= 16)
        let long = String(repeating: "ä", count: 40)
        let name = try #require(try numbers("\(long) 5").first?.split(separator: "=").first)
        #expect(name.utf8.count == 32 && name.allSatisfy { $0 == "ä" })
    }

    @Test("Endless new templates do not let the names grow")
    func bounded() {
        let reader = LogLineReader()
        var output: [UInt8] = []
        var sizes: [Int] = []
        for number in 0..<30_000 {
            var line = ""
            var rest = number
            repeat {
                line.append(Character(UnicodeScalar(UInt8(97 + rest % 26))))
                rest /= 26
            } while rest > 0
            output.removeAll(keepingCapacity: true)
            Array("q\(line)x a 5 b 6 c 7 d 8 e 9".utf8).withUnsafeBufferPointer { reader.append($0, to: &output) }
            if number % 10_000 == 9_999 { sizes.append(reader.byteCount) }
        }
        #expect(sizes[2] < sizes[0] + sizes[0] / 10 && sizes[2] < 4 << 20)
    }
}
