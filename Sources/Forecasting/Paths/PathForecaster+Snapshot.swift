extension PathForecaster {
    /// Writes the state, or reads it back into one made with the same fields, reach and steps. What was prepared is not written.
    package mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
        try coder.begin("paths")
        try coder.pass(&count)
        let known = count
        try coder.pass(&changed, in: 0...known)
        for field in forecasters.indices { try forecasters[field].pass(through: &coder) }
        try coder.pass(fixed: &times)
        try coder.pass(fixed: &values)
        try coder.pass(fixed: &labels)
        try coder.pass(fixed: &corrections)
        guard coder.isReading else { return }
        let held = min(count, times.count)
        var before = Int64.min
        for event in count - held..<count {
            let time = times[event & (times.count - 1)]
            try coder.check(time >= before && abs(time) <= 1 << 61, "the events of a path are out of order")
            before = time
        }
        try coder.check(
            values.allSatisfy(\.isFinite) && corrections.allSatisfy(\.isFinite), "a number of a path is not finite")
        try coder.check(labels.allSatisfy { $0 >= -1 }, "a label of a path is none")
    }
}
