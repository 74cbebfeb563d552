import FieldExtraction
import Testing

@Suite struct LineSplitterTests {
    @Test(
        "a block is split at its newlines, carriage returns left off",
        arguments: [
            ("a\nb\n", ["a", "b"], ""), ("a\r\nb", ["a"], "b"), ("\n\r\n", ["", ""], ""), ("", [], ""),
            ("abc", [], "abc"),
            ("a\rb\n\r", ["a\rb"], "\r"),
        ] as [(String, [String], String)])
    func split(block: String, lines: [String], rest: String) {
        let guarded = GuardedBytes(Array(block.utf8))
        defer { withExtendedLifetime(guarded) {} }
        var splitter = LineSplitter(guarded.bytes)
        var found: [String] = []
        while let line = splitter.next() { found.append(String(decoding: line, as: UTF8.self)) }
        #expect(found == lines)
        #expect(String(decoding: splitter.rest, as: UTF8.self) == rest)
        #expect(splitter.offset == block.utf8.count - rest.utf8.count)
    }
}
