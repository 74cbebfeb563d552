import Foretail
import Glibc
import Testing

@testable import ForetailCLI

@Suite struct DescriptorSourceTests {
    private let folder = TemporaryFolder()

    private func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0, "a pipe can be had")
        return (ends[0], ends[1])
    }

    private func send(_ text: String, to number: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(number, bytes, bytes.count)
    }

    @Test("A file gives its lines and ends, the last line without newline included")
    func file() async throws {
        folder.write("{\"a\":1}\n{\"a\":2}\n{\"a\":3}", to: "x")
        var source = try DescriptorSource(path: folder.file("x"), descriptor: stream())
        #expect(try await linesNow(of: &source) == ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"])
        #expect(source.progress.size == 23)
        #expect(source.progress.bytesRead == 23)
    }

    @Test("An empty file ends at once and goes on ending")
    func empty() throws {
        folder.write("", to: "x")
        var source = try DescriptorSource(path: folder.file("x"), descriptor: stream())
        var batch = EventBatch(stream: "test")
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .end)
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .end)
        #expect(batch.count == 0)
    }

    @Test("Lines of every length come whole over the borders of blocks")
    func borders() async throws {
        let expected = (0..<4_000).map { "{\"n\":\($0),\"pad\":\"\(String(repeating: "x", count: $0 % 977))\"}" }
        folder.write(expected.joined(separator: "\n") + "\n", to: "x")
        var source = try DescriptorSource(path: folder.file("x"), descriptor: stream())
        #expect(try await linesNow(of: &source) == expected)
        #expect(source.progress.bytesRead > 2 * BlockReader.blockBytes)
    }

    @Test("A line longer than a block comes whole")
    func longLine() async throws {
        let long = "{\"pad\":\"\(String(repeating: "y", count: 700_000))\"}"
        folder.write("{\"a\":1}\n\(long)\n{\"a\":2}\n", to: "x")
        var source = try DescriptorSource(path: folder.file("x"), descriptor: stream())
        #expect(try await linesNow(of: &source) == ["{\"a\":1}", long, "{\"a\":2}"])
    }

    @Test("CSV rows become objects by their header, from block to block")
    func csv() async throws {
        let rows = (0..<60_000).map { "\($0),\"v\($0)\"" }
        folder.write("n,v\n" + rows.joined(separator: "\n") + "\n", to: "x")
        var source = try DescriptorSource(path: folder.file("x"), descriptor: stream())
        var events: [String] = []
        var batch = EventBatch(stream: "test")
        var state = SourceState.ready
        while state != .end {
            batch.removeAll()
            state = try source.read(into: &batch, waitingAtMost: nil)
            events += batch.events
        }
        #expect(events.count == 60_000)
        #expect(events.last == #"{"n":59999,"v":"v59999"}"#)
    }

    @Test("A silent pipe is idle after the allowed wait, a half line included, and ends when its writer leaves")
    func pipes() async throws {
        let (reading, writing) = pipe()
        defer { close(reading) }
        var source = try DescriptorSource(standardInput: reading, descriptor: stream())
        var batch = EventBatch(stream: "test")
        #expect(try source.read(into: &batch, waitingAtMost: 1_000) == .idle)
        send("{\"a\":1}\n{\"a\"", to: writing)
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .ready)
        #expect(batch.lines == ["{\"a\":1}"])
        batch.removeAll()
        #expect(try source.read(into: &batch, waitingAtMost: 1_000) == .idle)
        send(":2}\n{\"a\":3}", to: writing)
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .ready)
        #expect(batch.lines == ["{\"a\":2}"])
        close(writing)
        batch.removeAll()
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .end)
        #expect(batch.lines == ["{\"a\":3}"])
        #expect(source.progress.size == nil)
    }

    @Test("A pipe that does not block is waited for as any other")
    func nonBlocking() async throws {
        let (reading, writing) = pipe()
        defer { close(reading) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        var source = try DescriptorSource(standardInput: reading, descriptor: stream())
        #expect(try await linesNow(of: &source) == [])
        send("{\"a\":1}\n", to: writing)
        #expect(try await lines(of: &source, count: 1) == ["{\"a\":1}"])
        close(writing)
    }

    @Test("A descriptor to wake it ends a wait without end")
    func wake() throws {
        let (reading, writing) = pipe()
        let (wakeReading, wakeWriting) = pipe()
        defer { [reading, writing, wakeReading, wakeWriting].forEach { close($0) } }
        send("!", to: wakeWriting)
        var source = try DescriptorSource(standardInput: reading, descriptor: stream(), wake: wakeReading)
        var batch = EventBatch(stream: "test")
        #expect(try source.read(into: &batch, waitingAtMost: nil) == .idle)
    }

    @Test("What cannot be read is named with the remedy")
    func failures() {
        let missing = message { _ = try DescriptorSource(path: "/nowhere/x", descriptor: stream()) }
        #expect(missing == "/nowhere/x: no such file; check the path")
        let directory = message { _ = try DescriptorSource(path: folder.path, descriptor: stream()) }
        #expect(directory == "\(folder.path): is a directory; name a file in it")
        let closed = message { _ = try DescriptorSource(standardInput: 987, descriptor: stream()) }
        #expect(closed == "descriptor 987: not open; give it an input, as in `foretail tail - < FILE`")
    }
}
