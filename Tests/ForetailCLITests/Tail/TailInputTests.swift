import ArgumentParser
import FieldExtraction
import FilterLanguage
import Foretail
import Testing

@testable import ForetailCLI

@Suite("TailInput") struct TailInputTests {
    /// An access log whose lines are out of order, as a server writes them that is asked many things at once.
    private static let log = """
        a - - [17/May/2015:10:05:03 +0000] "GET /x HTTP/1.1" 200 10 "-" "-"
        b - - [17/May/2015:10:05:58 +0000] "GET /y HTTP/1.1" 404 10 "-" "-"
        a - - [17/May/2015:12:06:01 +0200] "GET /x HTTP/1.1" 500 10 "-" "-"
        b - - [17/May/2015:10:05:59 +0000] "GET /y HTTP/1.1" 404 10 "-" "-"
        a - - [17/May/2015:10:08:00 +0000] "GET /x HTTP/1.1" 404 10 "-" "-"

        """

    private func counts(
        _ arguments: [String], lateness: Int64
    ) async throws -> (lines: [String], remarks: [String]) {
        let folder = TemporaryFolder()
        let path = folder.file("access.log")
        folder.write(Self.log, to: "access.log")
        let options = try TailOptions.parse([path] + arguments)
        var descriptor = options.descriptor(name: "file", isLive: false)
        descriptor.latenessMicroseconds = lateness
        let counting = Counting(
            settings: try #require(options.counting.settings(key: options.key)),
            filter: options.filter.map(FilterText.cel))
        let source = try TailSource(options, stream: descriptor, limits: ScanLimits(), wake: nil)
        var input = try TailInput(
            source, of: descriptor, counting: counting, limits: Limits(), progress: source.progress)
        let lines = try await lines(of: &input, count: .max)
        let counted = try #require(input.counted)
        return (
            lines,
            CountRemarks.sentences(
                counted.status, findings: counted.filterFindings, counting: counting, options: options)
        )
    }

    @Test("an access log is counted by minute, zeros included")
    func log() async throws {
        let (lines, remarks) = try await counts(["--count", "1m"], lateness: 60_000_000)
        #expect(
            lines == [
                #"{"time":"2015-05-17T10:06:00Z","count":3}"#, #"{"time":"2015-05-17T10:07:00Z","count":1}"#,
                #"{"time":"2015-05-17T10:08:00Z","count":0}"#, #"{"time":"2015-05-17T10:09:00Z","count":1}"#,
            ])
        #expect(remarks == [])
    }

    @Test("what comes too late is told with the remedy")
    func late() async throws {
        let (lines, remarks) = try await counts(
            ["--count", "1m", "--by", "status", "--filter", "event.status >= 400", "--zeros", "1"], lateness: 0)
        #expect(
            lines == [
                #"{"time":"2015-05-17T10:06:00Z","count":1,"status":404}"#,
                #"{"time":"2015-05-17T10:07:00Z","count":0,"status":404}"#,
                #"{"time":"2015-05-17T10:07:00Z","count":1,"status":500}"#,
                #"{"time":"2015-05-17T10:08:00Z","count":0,"status":500}"#,
                #"{"time":"2015-05-17T10:09:00Z","count":1,"status":404}"#,
            ])
        #expect(
            remarks.first == "1 event came when its window was closed and is not counted; allow for it with --lateness")
        #expect(remarks.dropFirst() == ["2 keys were silent for more than 1 window and got no more zeros (--zeros)"])
    }

    @Test("fields that no event has are told")
    func missing() async throws {
        let (_, remarks) = try await counts(["--count", "1m", "--by", "host"], lateness: 60_000_000)
        #expect(remarks == ["--by host: no event has it, so all of them were counted together"])
    }
}
