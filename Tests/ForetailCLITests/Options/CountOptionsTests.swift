import ArgumentParser
import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite("CountOptions") struct CountOptionsTests {
    private func refusal(_ arguments: [String]) -> String? {
        do {
            _ = try TailOptions.parse(arguments)
            return nil
        } catch {
            return TailOptions.message(for: error)
        }
    }

    @Test("--count gives the window; --by its fields, else --key does")
    func settings() throws {
        let by = try TailOptions.parse(["--count", "10m", "--by", "path,event.status", "--zeros", "3"])
        let settings = try #require(by.counting.settings(key: by.key))
        #expect(settings.windowMicroseconds == 600_000_000)
        #expect(settings.by == [FieldPath("path"), FieldPath("status")])
        #expect(settings.silentWindows == 3)
        let key = try TailOptions.parse(["--count", "1s", "--key", "host"])
        #expect(key.counting.settings(key: key.key)?.by == [FieldPath("host")])
        let none = try TailOptions.parse(["--key", "host"])
        #expect(none.counting.settings(key: none.key) == nil)
    }

    @Test("what says nothing without --count is refused", arguments: ["--by", "--having", "--zeros"])
    func alone(option: String) {
        #expect(refusal([option, "1"])?.contains("\(option) is about counts; add --count") == true)
    }

    @Test("--within is about the counts that --having names, not about the events that are counted")
    func within() throws {
        #expect(
            refusal(["--count", "1m", "--filter", "event.a > 1", "--within", "5m"])?.contains("add --having") == true)
        #expect(refusal(["--count", "1m", "--having", "event.count > 1", "--within", "5m"]) == nil)
    }

    @Test("--key beside --by, zeros below nothing, and a server's stream are refused")
    func refused() {
        #expect(refusal(["--count", "1m", "--by", "a", "--key", "b"])?.contains("--by decides") == true)
        #expect(refusal(["--count", "1m", "--zeros=-1"])?.contains("at least 0") == true)
        #expect(refusal(["http://127.0.0.1:7070/s", "--count", "1m"]) != nil)
    }
}
