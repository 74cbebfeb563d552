import FieldExtraction
import Foretail
import Testing

@testable import ForetailCLI

@Suite struct HostSourceTests {
    @Test("This machine reports its metrics on the beat")
    func beat() throws {
        var source = try HostSource(everyMicroseconds: 100_000)
        var batch = EventBatch(stream: "host")
        var state = SourceState.idle
        let deadline = Deadline(microseconds: 5_000_000)
        while state != .ready, deadline.remaining != 0 {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: 10_000)
        }
        #expect(state == .ready)
        #expect(batch.count > 3)
        for event in batch.events {
            let value = try JSONValue(parsing: Array(event.utf8))
            guard case .string(let time)? = value["time"] else {
                Issue.record("no time in \(event)")
                continue
            }
            #expect(Timestamp(parsing: time)!.microseconds % 100_000 == 0)
            #expect(value["metric"] != nil)
        }
    }

    @Test("The stream is live, keyed by metric")
    func descriptor() {
        #expect(HostSource.descriptor.isLive)
        #expect(HostSource.descriptor.key == [FieldPath("metric")])
        #expect(HostSource.descriptor.time == FieldPath("time"))
    }

    @Test("Where /proc is empty, and an interval that is too short: an error with the remedy")
    func failures() {
        #expect(
            message { _ = try HostSource(root: "/nowhere") }
                == "host: nothing can be read in /nowhere; mount it (`mount -t proc proc /proc`) or tail a file")
        #expect(
            message { _ = try HostSource(everyMicroseconds: 10) }
                == "host: an interval under 100 ms tells nothing; use --every 1s or the like")
    }
}
