extension NumericForecaster {
    /// The forecaster in bytes: what ``init(snapshot:steps:configuration:)`` reads.
    ///
    /// ```swift
    /// let bytes = forecaster.snapshot()
    /// let same = try NumericForecaster(snapshot: bytes, steps: forecaster.steps)
    /// ```
    ///
    /// Size: the memory held, ``bytes``, to within a few hundred. Cost: a copy and a checksum.
    public func snapshot() -> [UInt8] {
        var coder = SnapshotCoder()
        var copy = self
        // Writing refuses nothing.
        try? copy.pass(through: &coder)
        return SnapshotContainer.wrap(coder.bytes, kind: .numeric, fingerprint: fingerprint)
    }

    /// Creates the forecaster of a snapshot; its forecasts are the same to the bit.
    ///
    /// - Throws: ``SnapshotError`` where the bytes are foreign, damaged, or of another version, layout or configuration.
    public init(
        snapshot bytes: [UInt8], steps: [Int], configuration: ForecastConfiguration = .init()
    ) throws(SnapshotError) {
        self.init(steps: steps, configuration: configuration)
        let payload = try SnapshotContainer.payload(of: bytes, kind: .numeric, fingerprint: fingerprint)
        var coder = SnapshotCoder(reading: bytes, payload)
        try pass(through: &coder)
        try coder.finish()
    }

    private var fingerprint: UInt64 {
        var print = SnapshotFingerprint.models(steps: steps)
        configuration.add(to: &print)
        return print.value
    }

    /// Writes the state, or reads it back into a forecaster made for the same steps and configuration.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("numeric")
        try coder.pass(&count)
        try coder.pass(&last)
        try coder.pass(&retrainAt)
        try coder.pass(&ringLimit, in: 64...configuration.ringLimit)
        let hasState = try coder.flag(state != nil)
        if hasState {
            state = try SeriesState.passed(
                coder.isReading ? nil : state, steps: steps, configuration: configuration, through: &coder)
        } else {
            state = nil
        }
    }
}

extension ForecastConfiguration {
    /// Adds what decides the layout of the state.
    func add(to print: inout SnapshotFingerprint) {
        print.add([ringLimit, Int(tier.models.rawValue), Int(disabled.rawValue)])
        print.add(tier.rawValue)
    }
}
