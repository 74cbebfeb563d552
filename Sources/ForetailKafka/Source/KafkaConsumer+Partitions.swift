#if Kafka
import CKafka
import DequeModule
import Foretail

/// Partitions that come and go, and where their reading begins.
extension KafkaConsumer {
    private typealias List = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Called by librdkafka, on this thread: nothing moves until it returns.
    func rebalance(_ error: rd_kafka_resp_err_t, _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        let failure: String?
        switch error {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            heard()
            failure = assign(partitions)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            failure = revoke(partitions)
        default:
            failure = nil
            say(.other, "the partitions could not be shared: \(client.text(error)); it is tried again")
            rd_kafka_assign(client.handle, nil)
        }
        if let failure { fail("partitions could not be taken or left: \(failure); begin again") }
    }

    // MARK: Coming

    private func assign(_ partitions: List) -> String? {
        wasAssigned = true
        // Whoever joins a group that others are still leaving gets nothing at first. To ask for no offsets would take its time.
        guard partitions.pointee.cnt > 0 else {
            return client.take(rd_kafka_incremental_assign(client.handle, partitions))
        }
        // Without an answer librdkafka asks again by itself; what is wrong with the offsets comes as an error then.
        _ = rd_kafka_committed(client.handle, partitions, Self.answerMilliseconds)
        var new: [KafkaPartition] = []
        var owned: [(Int32, KafkaExchange.Owned)] = []
        for index in 0..<Int(partitions.pointee.cnt) {
            let partition = partitions.pointee.elems[index].partition
            let offset = partitions.pointee.elems[index].offset
            let start = offset >= 0 && partitions.pointee.elems[index].err == RD_KAFKA_RESP_ERR_NO_ERROR ? offset : -1
            if start < 0 { partitions.pointee.elems[index].offset = Int64(RD_KAFKA_OFFSET_INVALID) }
            lastGeneration += 1
            generations[partition] = lastGeneration
            unchecked[partition] = start > 0 ? start : nil
            owned.append(
                (
                    partition,
                    .init(generation: lastGeneration, start: start)
                ))
            new.append(
                KafkaPartition(number: UInt32(partition), acknowledged: Position(partition: partition, behind: start)))
        }
        let failure = client.take(rd_kafka_incremental_assign(client.handle, partitions))
        if isPaused { _ = rd_kafka_pause_partitions(client.handle, partitions) }
        let sorted = new.sorted { $0.number < $1.number }
        tell(.assigned(sorted)) { exchange in
            for (partition, state) in owned { exchange.owned[partition] = state }
        }
        say(.rebalanced, "\(Self.names(sorted)) came to this member")
        return failure
    }

    // MARK: Going

    private func revoke(_ partitions: List) -> String? {
        let isLost = rd_kafka_assignment_lost(client.handle) == 1
        let leaving = Set((0..<Int(partitions.pointee.cnt)).map { partitions.pointee.elems[$0].partition })
        if !leaving.isEmpty {
            filling.remove(leaving)
            handOver()
            letGo(leaving, isLost: isLost)
        }
        return client.take(rd_kafka_incremental_unassign(client.handle, partitions))
    }

    private func letGo(_ leaving: Set<Int32>, isLost: Bool) {
        let waitsForRelease = settings.waitsForRelease
        // Nothing more is given of what leaves; what is given is waited for.
        gate.withLock { exchange in
            for index in exchange.blocks.indices { exchange.blocks[index].remove(leaving) }
            exchange.awaitsRelease = waitsForRelease && !isLost
        }
        let old = described(leaving)
        tell(isLost ? .lost(old) : .revoked(old)) { _ in }
        if !isLost {
            let isReady = gate.wait(untilMicroseconds: Monotonic.now() + settings.revokeMicroseconds) { exchange in
                let isInFlight = leaving.contains { exchange.owned[$0]?.isInFlight == true }
                return exchange.isClosing || exchange.isClosed || !isInFlight && !exchange.awaitsRelease
            }
            if !isReady {
                gate.withLock { $0.status.lateRevocations += leaving.count }
                say(
                    .other,
                    """
                    \(Self.names(old)) left before what was read of them was acknowledged, after \
                    \(settings.revokeMicroseconds / 1_000_000) s: their next owner delivers it again
                    """)
            }
            // Also what is being committed: that may still fail.
            let offsets = gate.withLock { exchange in
                leaving.compactMap { partition -> (Int32, Int64?)? in
                    guard let owned = exchange.owned[partition], owned.needsCommit else { return nil }
                    return (partition, owned.acknowledged)
                }
            }
            let error =
                offsets.isEmpty
                ? RD_KAFKA_RESP_ERR_NO_ERROR : withPartitions(offsets) { rd_kafka_commit(client.handle, $0, 0) }
            if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                say(
                    .commit,
                    """
                    offsets of \(Self.names(old)) could not be committed: \(client.text(error)); their next owner delivers \
                    the last events again
                    """)
            }
        }
        gate.withLock { exchange in
            for partition in leaving { exchange.owned[partition] = nil }
            exchange.status.partitions = exchange.owned.keys.map(UInt32.init).sorted()
        }
        for partition in leaving {
            generations[partition] = nil
            resets[partition] = nil
            unchecked[partition] = nil
        }
        say(
            .rebalanced,
            isLost
                ? "\(Self.names(old)) were lost: the group had not heard from this member"
                : "\(Self.names(old)) left this member")
    }

    /// Tells the reader's side of a change.
    private func tell(_ change: KafkaChange, _ body: (inout KafkaExchange) -> Void) {
        gate.ring { exchange in
            body(&exchange)
            exchange.status.partitions = exchange.owned.keys.map(UInt32.init).sorted()
            exchange.note(change)
            return exchange.takeWaiterWithNews()
        }?.resume()
    }

    private func described(_ partitions: Set<Int32>) -> [KafkaPartition] {
        gate.withLock { exchange in
            partitions.sorted().map {
                KafkaPartition(
                    number: UInt32($0),
                    acknowledged: Position(partition: $0, behind: exchange.owned[$0]?.acknowledged ?? -1))
            }
        }
    }

    /// `partition 3`, `partitions 0, 1, 2`, `32 partitions`.
    private static func names(_ partitions: [KafkaPartition]) -> String {
        switch partitions.count {
        case 1: "partition \(partitions[0].number)"
        case 2...16: "partitions " + partitions.map { String($0.number) }.joined(separator: ", ")
        default: "\(partitions.count) partitions"
        }
    }

    // MARK: Places

    /// An answer of the brokers to a commit.
    func noteCommit(_ error: rd_kafka_resp_err_t, _ offsets: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        var failed: [Int32] = []
        var reason = error
        for index in 0..<Int(offsets.pointee.cnt) {
            let entry = offsets.pointee.elems[index]
            if error != RD_KAFKA_RESP_ERR_NO_ERROR || entry.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                failed.append(entry.partition)
                if entry.err != RD_KAFKA_RESP_ERR_NO_ERROR { reason = entry.err }
            }
        }
        guard !failed.isEmpty, error != RD_KAFKA_RESP_ERR__NO_OFFSET else {
            commitFailures = 0
            return heard()
        }
        commitFailed(failed, client.text(reason))
    }

    /// Finds where to go on in partitions whose offset is none, or not in the log.
    func findPlaces() {
        guard !resets.isEmpty || !unchecked.isEmpty, Monotonic.now() >= nextReset else { return }
        for (partition, offset) in unchecked.sorted(by: { $0.key < $1.key }) {
            guard let ends = ends(of: partition) else { return }
            unchecked[partition] = nil
            if offset > ends.high { return failCutOff(partition, from: offset, high: ends.high) }
        }
        for (partition, offset) in resets.sorted(by: { $0.key < $1.key }) {
            guard let ends = ends(of: partition) else { return }
            guard let place = place(of: partition, from: offset, low: ends.low, high: ends.high) else { return }
            resets[partition] = nil
            goOn(partition, at: place, isFirst: offset < 0)
        }
    }

    /// The first offset of a partition and the one behind its last; nil when the brokers do not answer: they are asked again.
    private func ends(of partition: Int32) -> (low: Int64, high: Int64)? {
        var (low, high): (Int64, Int64) = (-1, -1)
        let error = rd_kafka_query_watermark_offsets(
            client.handle, settings.address.topic, partition, &low, &high, Self.answerMilliseconds)
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return (low, high) }
        nextReset = Monotonic.now() + 500_000
        return nil
    }

    private func failCutOff(_ partition: Int32, from offset: Int64, high: Int64) {
        fail(
            """
            partition \(partition) ends before offset \(high), and offset \(offset) was read of it: the topic was made anew \
            or cut off, and its positions stand for other events. Take a new group, or reset the offsets of \
            '\(settings.group)' (kafka-consumer-groups --reset-offsets)
            """)
    }

    /// Where to go on; nil if reading cannot.
    private func place(of partition: Int32, from offset: Int64, low: Int64, high: Int64) -> Int64? {
        guard offset >= 0 else {
            switch settings.start {
            case .earliest: return low
            case .latest: return high
            case .committed:
                fail(
                    """
                    the group '\(settings.group)' has committed no offset of partition \(partition); use from=earliest or \
                    from=latest
                    """)
                return nil
            }
        }
        if offset > high {
            failCutOff(partition, from: offset, high: high)
            return nil
        }
        if offset < low {
            let gap = Actions.Gap(
                from: Position(partition: partition, offset: offset),
                to: Position(partition: partition, offset: low - 1), count: Int(low - offset), reason: "retention")
            handOver()
            filling.gaps.append(gap)
            filling.note(partition, generation: generations[partition] ?? 0, next: low)
            handOver()
            say(
                .gap,
                """
                \(gap.count) events of partition \(partition), \(gap.from) to \(gap.to), were deleted by the topic's \
                retention before they were read
                """)
            return low
        }
        return offset
    }

    private func goOn(_ partition: Int32, at offset: Int64, isFirst: Bool) {
        guard let generation = generations[partition] else { return }
        let isPaused = self.isPaused
        let failure = withPartitions([(partition, offset)]) { list in
            // A partition that stopped for want of an offset cannot be sent to another place, only begun anew.
            client.take(rd_kafka_incremental_unassign(client.handle, list))
                ?? client.take(rd_kafka_incremental_assign(client.handle, list))
        }
        if let failure { return fail("partition \(partition) could not be read on: \(failure); begin again") }
        if isPaused { pause(true) }
        guard isFirst else { return }
        // The place that was chosen stands, whoever gets the partition next. `earliest` comes out the same again.
        let commits = settings.start == .latest
        gate.withLock { exchange in
            guard let owned = exchange.owned[partition], owned.generation == generation, owned.given < 0 else { return }
            exchange.owned[partition] = .init(generation: generation, start: offset)
            if commits { exchange.owned[partition]!.forgetCommit() }
        }
    }
}
#endif
