import ArgumentParser
import Foretail
import Testing

@testable import ForetailCLI

@Suite("FilterTextOption") struct FilterTextOptionTests {
    @Test("takes an expression, a pattern as JSON, and a pattern as a file")
    func forms() throws {
        let folder = TemporaryFolder()
        folder.write(#"{"level":["error"]}"# + "\n", to: "pattern.json")
        func text(_ expression: String?, _ pattern: String?) throws -> FilterText? {
            try FilterTextOption.text(command: "tail", expression: expression, pattern: pattern)
        }
        #expect(try text(nil, nil) == nil)
        #expect(try text("event.a == 1", nil) == "event.a == 1")
        #expect(try text(nil, #" {"a":[1]}"#) == .pattern(#" {"a":[1]}"#))
        #expect(try text(nil, folder.file("pattern.json")) == .pattern(#"{"level":["error"]}"# + "\n"))
        #expect(throws: UsageError.self) { try text("event.a", #"{"a":[1]}"#) }
    }

    @Test("names the file that cannot be read, and the remedy")
    func missingFile() {
        let error = #expect(throws: UsageError.self) {
            try FilterTextOption.text(command: "tail", expression: nil, pattern: "/nowhere/pattern.json")
        }
        #expect(
            error?.message.hasPrefix("--pattern /nowhere/pattern.json: no such file; check the path, or give JSON")
                == true)
    }

    @Test(
        "the arguments of filter are a filter and a source, or with --pattern a source alone",
        arguments: [
            (["event.a == 1"], "event.a == 1", "-"), (["event.a == 1", "x.log"], "event.a == 1", "x.log"),
            (["--pattern", #"{"a":[1]}"#], #"{"a":[1]}"#, "-"),
            (["--pattern", #"{"a":[1]}"#, "x.log"], #"{"a":[1]}"#, "x.log"),
            (["explain", "event.a == 1"], "event.a == 1", "-"),
        ])
    func operands(arguments: [String], filter: String, source: String) throws {
        let (text, name) = try FilterCommand.parse(arguments).operands()
        #expect(text.source == filter)
        #expect(name == source)
    }

    @Test(
        "too few or too many arguments are refused",
        arguments: [[], ["event.a", "x", "y"], ["--pattern", "{}", "x", "y"], ["explain"]])
    func refused(arguments: [String]) {
        #expect(throws: UsageError.self) { try FilterCommand.parse(arguments).operands() }
    }
}
