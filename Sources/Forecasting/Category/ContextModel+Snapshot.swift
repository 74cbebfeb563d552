extension ContextModel {
    /// The model in bytes: what ``init(snapshot:steps:alternatives:bytes:)`` reads. Only contexts in use take room.
    public func snapshot() -> [UInt8] {
        var coder = SnapshotCoder()
        var copy = self
        // Writing refuses nothing.
        try? copy.pass(through: &coder, symbols: .max)
        return SnapshotContainer.wrap(coder.bytes, kind: .category, fingerprint: fingerprint)
    }

    /// Creates the model of a snapshot; its forecasts are the same to the bit.
    ///
    /// - Throws: ``SnapshotError`` where the bytes are foreign, damaged, or of another version, layout or configuration.
    public init(
        snapshot data: [UInt8], steps: [Int] = [1], alternatives: Int = 10, bytes: Int = 4 << 20
    ) throws(SnapshotError) {
        self.init(steps: steps, alternatives: alternatives, bytes: bytes)
        let payload = try SnapshotContainer.payload(of: data, kind: .category, fingerprint: fingerprint)
        var coder = SnapshotCoder(reading: data, payload)
        try pass(through: &coder, symbols: .max)
        try coder.finish()
    }

    private var fingerprint: UInt64 {
        var print = SnapshotFingerprint.models(steps: steps)
        print.add([alternatives, table.bytes])
        return print.value
    }
}
