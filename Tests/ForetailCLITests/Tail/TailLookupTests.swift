#if Server
import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

/// `foretail tail --lookup`, from options to the written file.
@Suite struct TailLookupTests {
    private let folder = TemporaryFolder()

    private func tail(_ options: String...) async throws -> [JSONValue] {
        folder.write(
            (0..<40).map { #"{"shop":"s\#($0 % 3)","total":\#($0)}"# + "\n" }.joined(), to: "orders.ndjson")
        let output = folder.file("out.ndjson")
        try await TailRun(
            TailOptions.parse(
                [folder.file("orders.ndjson"), "-q", "--key", "shop", "--format", "ndjson", "--to", output] + options)
        ).run()
        return try folder.text("out.ndjson").split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    @Test func aFilesEventsLeaveWithWhatTheirKeysDidBefore() async throws {
        let records = try await tail(
            "--filter", "event.total > 30", "--lookup", #"{"name":"before","store":"history","rows":2}"#)
        #expect(records.count == 9)
        for record in records {
            let total = try #require(record["event"]?["total"]?.whole)
            let rows = record["lookups"]?["before"]?["rows"]?.elements
            #expect(rows?.compactMap { $0["event"]?["total"]?.whole } == [total - 3, total - 6])
        }
    }

    @Test(
        "What cannot be joined is a wrong command line",
        arguments: [
            (#"{"name":"who","store":"crm","query":"q","key":"event.shop"}"#, "there is no store 'crm'"),
            (#"{"name":"who","store":"history","key":"event."}"#, "key"), ("[]", "expected a JSON object"),
        ])
    func refused(lookup: String, message: String) async {
        await #expect {
            _ = try await tail("--lookup", lookup)
        } throws: { error in
            (error as? UsageError)?.message.contains(message) ?? false
        }
    }

    @Test("A file that is no store, and rows in a form that has none, are refused")
    func options() {
        #expect(throws: (any Error).self) { try TailOptions.parse(["-", "--store", "crm=sqlite:x.db"]) }
        #expect(throws: (any Error).self) {
            try TailOptions.parse(["-", "--format", "raw", "--lookup", #"{"name":"b","store":"history"}"#])
        }
    }
}
#endif
