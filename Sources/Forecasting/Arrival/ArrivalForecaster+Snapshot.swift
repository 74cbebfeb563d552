extension ArrivalForecaster {
    /// The forecaster in bytes: what ``init(snapshot:steps:)`` reads. Cost: a copy and a checksum.
    public func snapshot() -> [UInt8] {
        var coder = SnapshotCoder()
        var copy = self
        // Writing refuses nothing.
        try? copy.pass(through: &coder)
        return SnapshotContainer.wrap(coder.bytes, kind: .arrival, fingerprint: fingerprint)
    }

    /// Creates the forecaster of a snapshot; its forecasts are the same to the bit.
    ///
    /// - Throws: ``SnapshotError`` where the bytes are foreign, damaged, or of another version, layout or configuration.
    public init(snapshot bytes: [UInt8], steps: [Int]) throws(SnapshotError) {
        self.init(steps: steps)
        let payload = try SnapshotContainer.payload(of: bytes, kind: .arrival, fingerprint: fingerprint)
        var coder = SnapshotCoder(reading: bytes, payload)
        try pass(through: &coder)
        try coder.finish()
    }

    private var fingerprint: UInt64 { SnapshotFingerprint.models(steps: steps).value }

    /// Writes the state, or reads it back into a forecaster made for the same steps.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("arrival")
        try coder.pass(&count)
        try detector.pass(through: &coder)
        for index in states.indices { try states[index].pass(through: &coder) }
        try coder.pass(fixed: &times)
        let range: ClosedRange<Int64> = 0...(1 << 62)
        try coder.pass(&now, in: range)
        let present = now
        try coder.check(times.allSatisfy { $0 >= 0 && $0 <= present }, "an arrival lies in the future")
    }
}
