import Foretail
import Glibc
import Testing

@testable import ForetailCLI

@Suite struct FollowedFileSourceTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("log") }

    private func follow(
        _ start: FollowedFileSource.Start = .all, input: StreamDescriptor.Input = .text, notified: Bool = true
    ) throws -> FollowedFileSource {
        try FollowedFileSource(path: path, descriptor: stream(input), start: start, usesNotification: notified)
    }

    private func reasons(_ source: FollowedFileSource) -> [SourceNotice.Reason] {
        source.progress.takeNotices().map(\.reason)
    }

    @Test(
        "It begins with the last lines asked for",
        arguments: [
            (FollowedFileSource.Start.all, ["a", "b", "c"]), (.last(10), ["a", "b", "c"]), (.last(3), ["a", "b", "c"]),
            (.last(2), ["b", "c"]), (.last(1), ["c"]), (.last(0), []),
        ])
    func start(_ start: FollowedFileSource.Start, expected: [String]) async throws {
        folder.write("a\nb\nc\n", to: "log")
        var source = try follow(start)
        #expect(try await linesNow(of: &source) == expected)
        folder.append("d\n", to: "log")
        #expect(try await lines(of: &source, count: 1) == ["d"])
    }

    @Test("Last lines are found from the end over many blocks")
    func manyBlocks() async throws {
        let all = (0..<50_000).map { "line \($0)" }
        folder.write(all.joined(separator: "\n") + "\n", to: "log")
        var source = try follow(.last(30_000))
        #expect(try await linesNow(of: &source) == Array(all.suffix(30_000)))
    }

    @Test("A line that has begun counts as the last one and is held until its newline comes")
    func partial() async throws {
        folder.write("a\nb", to: "log")
        var source = try follow(.last(1))
        #expect(try await linesNow(of: &source) == [])
        folder.append("c", to: "log")
        #expect(try await linesNow(of: &source) == [])
        folder.append("d\n", to: "log")
        #expect(try await lines(of: &source, count: 1) == ["bcd"])
    }

    @Test("New lines end a wait, with and without notification", arguments: [true, false])
    func wakes(notified: Bool) async throws {
        folder.write("", to: "log")
        var source = try follow(notified: notified)
        #expect(try await linesNow(of: &source) == [])
        let path = path
        let writer = Background {
            usleep(20_000)
            let number = open(path, O_WRONLY | O_APPEND)
            _ = write(number, "x\n", 2)
            close(number)
        }
        let start = Deadline.now
        #expect(try await lines(of: &source, count: 1) == ["x"])
        #expect(Deadline.now - start < (notified ? 900_000 : 2_000_000))
        writer.wait()
    }

    @Test("Rotation by name: the old file to its end, then the new one from its start")
    func rotation() async throws {
        folder.write("a\n", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a"])
        folder.append("b\n", to: "log")
        folder.move("log", to: "log.1")
        // Its writer has not moved yet.
        folder.append("c\n", to: "log.1")
        #expect(try await linesNow(of: &source) == ["b", "c"])
        folder.write("", to: "log")
        folder.append("d\n", to: "log.1")
        #expect(try await linesNow(of: &source) == ["d"])
        folder.append("e\n", to: "log.1")
        folder.append("f\n", to: "log")
        #expect(try await lines(of: &source, count: 2) == ["e", "f"])
        #expect(reasons(source) == [.deleted, .rotated])
    }

    @Test("A slow writer's late lines in the old file are read as well")
    func lateLines() async throws {
        folder.write("a\n", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a"])
        folder.move("log", to: "log.1")
        folder.write("b\n", to: "log")
        #expect(try await lines(of: &source, count: 1) == ["b"])
        folder.append("late\n", to: "log.1")
        folder.append("c\n", to: "log")
        #expect(try await lines(of: &source, count: 2) == ["late", "c"])
    }

    @Test("A line without newline is framed when its file is left")
    func partialAtRotation() async throws {
        folder.write("a\nhalf", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a"])
        folder.move("log", to: "log.1")
        folder.write("b\n", to: "log")
        #expect(try await lines(of: &source, count: 2) == ["half", "b"])
    }

    @Test("A file replaced in one step is read from its start")
    func replaced() async throws {
        folder.write("a\n", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a"])
        folder.write("b\nc\n", to: "log.new")
        folder.move("log.new", to: "log")
        #expect(try await lines(of: &source, count: 2) == ["b", "c"])
        #expect(reasons(source) == [.rotated])
    }

    @Test("Truncation: from the start again, with a notice")
    func truncation() async throws {
        folder.write("a\nb\nhalf", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a", "b"])
        truncate(path, 0)
        #expect(try await linesNow(of: &source) == ["half"])
        folder.append("c\n", to: "log")
        #expect(try await lines(of: &source, count: 1) == ["c"])
        #expect(reasons(source) == [.truncated])
    }

    @Test("Truncation is noticed even when the file has grown beyond its old size meanwhile")
    func regrown() async throws {
        folder.write("a\nb\n", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a", "b"])
        folder.write("new 1\nnew 2\nnew 3\n", to: "log")
        #expect(try await lines(of: &source, count: 3) == ["new 1", "new 2", "new 3"])
        #expect(reasons(source) == [.truncated])
    }

    @Test("A file that is not there yet is waited for and read from its start")
    func notThereYet() async throws {
        var source = try follow(.last(0))
        #expect(try await linesNow(of: &source) == [])
        folder.write("a\nb\n", to: "log")
        #expect(try await lines(of: &source, count: 2) == ["a", "b"])
        #expect(reasons(source) == [.waiting, .appeared])
    }

    @Test("A deleted file is told of once, and its successor is read")
    func deleted() async throws {
        folder.write("a\n", to: "log")
        var source = try follow()
        #expect(try await linesNow(of: &source) == ["a"])
        unlink(path)
        #expect(try await linesNow(of: &source) == [])
        #expect(try await linesNow(of: &source) == [])
        #expect(reasons(source) == [.deleted])
        folder.write("b\n", to: "log")
        #expect(try await lines(of: &source, count: 1) == ["b"])
        #expect(reasons(source) == [.rotated])
    }

    @Test("A CSV file entered in the middle keeps its header, and a new one has its own")
    func csv() async throws {
        folder.write("n,v\n1,a\n2,b\n3,c\n", to: "log")
        var source = try follow(.last(1), input: .automatic)
        var batch = EventBatch(stream: "test")
        #expect(try source.read(into: &batch, waitingAtMost: 0) == .ready)
        #expect(batch.events == [#"{"n":3,"v":"c"}"#])
        folder.move("log", to: "log.1")
        folder.write("m,w\n4,d\n", to: "log")
        batch.removeAll()
        #expect(try source.read(into: &batch, waitingAtMost: 5_000_000) == .ready)
        #expect(batch.events == [#"{"m":4,"w":"d"}"#])
    }

    @Test("What cannot be followed is named with the remedy")
    func failures() {
        let text = message {
            _ = try FollowedFileSource(path: "/dev/null", descriptor: stream())
        }
        #expect(text == "/dev/null: not a regular file, so it cannot be followed; name one")
    }

    @Test("Nothing is lost or read twice while a writer rotates, recreates and truncates at random", arguments: 1...5)
    func torture(seed: UInt64) async throws {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        folder.write("", to: "log")
        var source = try follow()
        var written: [String] = []
        var seen: [String] = []
        var rotations = 0
        for number in 0..<400 {
            let line = "line \(number) \(String(repeating: "z", count: Int(next(200))))"
            written.append(line)
            let cut = line.utf8.index(line.startIndex, offsetBy: Int(next(UInt64(line.utf8.count))))
            folder.append(String(line[..<cut]), to: "log")
            if next(3) == 0 { seen += try await linesNow(of: &source) }
            folder.append(String(line[cut...]) + "\n", to: "log")
            switch next(12) {
            case 0:
                rotations += 1
                folder.move("log", to: "log.\(rotations)")
                folder.write("", to: "log")
                // Two rotations between two looks are one too many for anybody who follows a name.
                seen += try await linesNow(of: &source)
            case 1:
                // What was read before a truncation is safe, what was not is lost by whoever truncates.
                seen += try await linesNow(of: &source)
                truncate(path, 0)
            default: break
            }
        }
        seen += try await linesNow(of: &source)
        #expect(rotations > 10)
        #expect(
            seen.elementsEqual(written), "the first difference is at \(zip(seen, written).prefix { $0 == $1 }.count)")
    }
}
