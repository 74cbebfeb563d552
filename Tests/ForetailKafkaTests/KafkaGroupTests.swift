#if Kafka
import FieldExtraction
import Foretail
import Synchronization
import Testing

@testable import ForetailKafka

/// Two members of a group: a rebalance of the mock cluster takes ten seconds and more, so there are few of these.
@Suite("A group of two", .serialized, .timeLimit(.minutes(30)))
struct KafkaGroupTests {
    /// Sends numbered events, one every few milliseconds, to all partitions.
    private final class Load: Sendable {
        private let task: Task<Int, Never>

        init(_ mock: MockCluster, partitions: Int32) throws {
            let producer = try mock.producer()
            let ending = Ending()
            self.ending = ending
            task = Task {
                var sent = 0
                while !ending.isSo {
                    producer.send("t", Int32(sent) % partitions, "{\"n\":\(sent)}")
                    sent += 1
                    try? await Task.sleep(for: .milliseconds(2))
                }
                producer.flush()
                return sent
            }
        }

        private final class Ending: Sendable {
            private let value = Mutex(false)
            var isSo: Bool { value.withLock { $0 } }
            func set() { value.withLock { $0 = true } }
        }
        private let ending: Ending

        /// Ends; how many were sent.
        func end() async -> Int {
            ending.set()
            return await task.value
        }
    }

    /// The mock cluster begins a new generation as soon as somebody joins, not when all have, and refuses whatever the others commit
    /// before they hear of it: they lose their partitions then, as if they had been away. So these commit at leaving alone.
    private func settings(_ mock: MockCluster, waitsForRelease: Bool = false) throws -> KafkaSourceSettings {
        try mock.settings("t") {
            $0.commitMicroseconds = 3_600_000_000
            $0.waitsForRelease = waitsForRelease
        }
    }

    private func check(_ members: [Member], sent: Int, partitions: UInt32) {
        var all: [Position: Set<String>] = [:]
        for member in members {
            for (position, text) in member.seen.events { all[position, default: []].insert(text) }
            for partition in 0..<partitions {
                let own = member.positions.filter { $0.partition == partition }
                #expect(zip(own, own.dropFirst()).allSatisfy { $0 < $1 }, "a member saw a partition out of order")
            }
        }
        #expect(all.count == sent, "events of \(sent) came")
        #expect(all.values.allSatisfy { $0.count == 1 }, "a position stands for two events")
    }

    @Test("partitions move to a member that joins, and back when it leaves; every event comes, and none twice")
    func rebalance() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 4)
        let load = try Load(mock, partitions: 4)
        let first = try Member(settings(mock, waitsForRelease: true))
        try await eventually("the first has all") { first.owned == [0, 1, 2, 3] }
        // It keeps what it knows of a partition until that is put away.
        first.setReleases(false)
        let second = try Member(settings(mock, waitsForRelease: true))
        try await eventually("the first is asked for two partitions") {
            first.seen.changes.contains { if case .revoked(let old) = $0 { old.count == 2 } else { false } }
        }
        #expect(second.owned.isEmpty, "a partition moved before its owner let go of it")
        let asked = first.seen.changes.compactMap { change -> [UInt32]? in
            if case .revoked(let old) = change { old.map(\.number) } else { nil }
        }.flatMap(\.self)
        let kept = Set<UInt32>([0, 1, 2, 3]).subtracting(asked)
        let before = first.positions.count
        // It never stops reading those it keeps, nor is told of them.
        try await eventually("what is left in its hands is delivered") {
            first.status.readyBytes == 0 && first.positions.count >= before
        }
        first.setReleases(true)
        try await eventually("the second has two") { second.owned.count == 2 }
        #expect(Set(second.owned) == Set(asked))
        #expect(Set(first.owned) == kept)
        try await eventually("the second reads") { second.positions.count > 100 }
        let assigned = second.seen.changes.compactMap { change -> [KafkaPartition]? in
            if case .assigned(let new) = change { new } else { nil }
        }.flatMap(\.self)
        for partition in assigned {
            // The place where the first ended is where the second begins, so that a snapshot fits.
            let last = first.positions.last { $0.partition == partition.number }
            #expect(partition.acknowledged == last)
        }
        await second.close()
        try await eventually("the first has all again") { first.owned == [0, 1, 2, 3] }
        let count = await load.end()
        try await eventually("every event came") {
            Set(first.positions).union(second.positions).count == count
        }
        check([first, second], sent: count, partitions: 4)
        #expect(first.positions.count + second.positions.count == count, "an event came twice")
        await first.close()
    }

    @Test("a partition waits for its events' acknowledgement; a member that ends without one leaves them to the other")
    func unacknowledged() async throws {
        let mock = try MockCluster()
        mock.create("t", partitions: 2)
        let producer = try mock.producer()
        for n in 0..<200 { producer.send("t", Int32(n % 2), "{\"n\":\(n)}") }
        producer.flush()
        let first = try Member(settings(mock), acknowledges: false)
        try await eventually("the first has read all") { first.positions.count == 200 }
        let second = try Member(settings(mock))
        try await eventually("the first is asked for a partition") {
            first.seen.changes.contains { if case .revoked = $0 { true } else { false } }
        }
        #expect(second.owned.isEmpty, "a partition moved while its events were in flight")
        first.setAcknowledges(true)
        try await eventually("the second has one") { second.owned.count == 1 && first.owned.count == 1 }
        #expect(second.positions.isEmpty, "what was acknowledged came again")
        first.setAcknowledges(false)
        for n in 200..<400 { producer.send("t", Int32(n % 2), "{\"n\":\(n)}") }
        producer.flush()
        let (mine, other) = (first.owned[0], second.owned[0])
        try await eventually("both read on") { first.positions.count == 300 && second.positions.count == 100 }
        await first.close()
        try await eventually("the second has all") { second.owned == [0, 1] }
        try await eventually("the second got what the first left") { second.positions.count == 200 }
        #expect(
            second.positions.filter { $0.partition == mine }
                == (101...200).map { Position(partition: mine, sequence: $0) })
        #expect(
            second.positions.filter { $0.partition == other }
                == (101...200).map { Position(partition: other, sequence: $0) })
        check([first, second], sent: 400, partitions: 2)
        await second.close()
    }
}
#endif
