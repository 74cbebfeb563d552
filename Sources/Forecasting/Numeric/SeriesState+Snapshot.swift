extension SeriesState {
    /// Writes a state, or reads one into memory of its own, for steps and a configuration that both sides know.
    static func passed(
        _ state: SeriesState?, steps: [Int], configuration: ForecastConfiguration, through coder: inout SnapshotCoder
    ) throws(SnapshotError) -> SeriesState {
        var season = state?.season ?? 1
        try coder.pass(&season, in: 1...configuration.ringLimit)
        var isWeekly = state?.isWeekly ?? false
        try coder.pass(&isWeekly)
        var analogWindow = state?.analogWindow ?? 0
        try coder.pass(&analogWindow, in: 0...configuration.ringLimit)
        try coder.check(analogWindow % StateBlock.alignment == 0, "a window of \(analogWindow) values")
        var capacity = state?.ring.count ?? 64
        try coder.pass(&capacity, in: 64...configuration.ringLimit)
        try coder.check(capacity & (capacity - 1) == 0, "a history of \(capacity) values")
        var scale = state?.scale ?? SeriesScale(of: [])
        try scale.pass(through: &coder)
        if let state {
            try state.pass(through: &coder)
            return state
        }
        let weekly = isWeekly && season > 1
        let room = SeriesEngine.cellCount(
            season: season, weekly: weekly, steps: steps, configuration: configuration, analogWindow: analogWindow)
        try coder.check(
            room + capacity <= coder.remaining / 4, "\(room + capacity) floats are announced, and fewer are there")
        let fresh = SeriesState(
            season: season, steps: steps, scale: scale, capacity: capacity, limit: weekly ? .max : 0,
            configuration: configuration, analogWindow: analogWindow)
        try fresh.pass(through: &coder)
        return fresh
    }

    /// Both blocks as they lie in memory, then what lies outside them.
    private func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.pass(block.all)
        try coder.pass(ring.all)
        var engine = unsafe engine.pointee
        try engine.pass(through: &coder)
        if coder.isReading { unsafe self.engine.pointee = engine }
        guard try coder.flag(neural != nil) else { return }
        neural = try NeuralSeries.passed(coder.isReading ? nil : neural, season: season, through: &coder)
    }

    private var isWeekly: Bool { unsafe engine.pointee.shared.profile.week > 0 }
}
