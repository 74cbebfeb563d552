import Foretail
import Glibc
import Synchronization
import Testing

@testable import ForetailCLI

@Suite struct DestinationTests {
    private let folder = TemporaryFolder()
    private let id = DestinationID(0)

    @Test("Records are appended to a file, which is created with mode 0644")
    func appends() throws {
        umask(0o022)
        for text in ["one\n", "two\n"] {
            var destination = try FileDestination(path: folder.file("out"), synchronizesOnClose: true)
            try destination.deliver(Array(text.utf8), to: id)
            try destination.close()
        }
        #expect(folder.text("out") == "one\ntwo\n")
        var status = stat()
        stat(folder.file("out"), &status)
        #expect(status.st_mode & 0o777 == 0o644)
    }

    @Test("A file that cannot be opened is named with the remedy")
    func opening() {
        let text = message { _ = try FileDestination(path: folder.file("no/x")) }
        #expect(text == "\(folder.file("no/x")): no such file; create the folder first")
    }

    @Test("A full device is an error with the remedy, not a closed pipe")
    func full() throws {
        var destination = try FileDestination(path: "/dev/full")
        do throws(ForetailError) {
            try destination.deliver([1, 2, 3], to: id)
            Issue.record("expected an error")
        } catch {
            #expect(
                error.message
                    == "/dev/full: no space left on the device; free some space and run again, or write somewhere else")
            #expect(error.code == .destination)
            #expect(!DescriptorDestination.isClosedPipe(error))
        }
    }

    @Test("A write that the limit on file sizes cuts short says how far it came")
    func shortWrite() throws {
        var old = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        signal(SIGXFSZ, SIG_IGN)
        var destination = try FileDestination(path: folder.file("out"))
        var small = rlimit(rlim_cur: 1 << 30, rlim_max: old.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old) }
        truncate(folder.file("out"), (1 << 30) - 2)
        let text = message { try destination.deliver([1, 2, 3, 4], to: id) }
        #expect(
            text == """
                \(folder.file("out")): the file may not grow further after 2 of 4 bytes, so its last line is incomplete; \
                raise the limit with `ulimit -f`, or write to another file
                """)
    }

    @Test("A closed pipe is an error of its own kind")
    func closedPipe() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        var destination = DescriptorDestination(descriptor: ends[1])
        do throws(ForetailError) {
            try destination.deliver([1], to: id)
            Issue.record("expected an error")
        } catch {
            #expect(DescriptorDestination.isClosedPipe(error))
        }
    }

    @Test("A pipe that takes no more for the moment is waited for")
    func nonBlocking() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        let total = Mutex(0)
        let reader = Background {
            var block = [UInt8](repeating: 0, count: 65_536)
            var sum = 0
            while sum < 1 << 20 {
                let count = read(reading, &block, block.count)
                if count <= 0 { break }
                sum += count
            }
            total.withLock { $0 = sum }
        }
        var destination = DescriptorDestination(descriptor: writing)
        try destination.deliver(bytes, to: id)
        reader.wait()
        #expect(total.withLock { $0 } == 1 << 20)
        close(reading)
        close(writing)
    }
}
