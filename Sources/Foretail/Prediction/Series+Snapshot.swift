import FieldExtraction
import Forecasting

extension Series {
    /// Writes the state, or reads it back into a series made for its stream's steps and fields. Training under way is
    /// written as the jobs it consists of; they are pure functions of what they hold, so their results may be forgotten.
    func pass(through coder: inout SnapshotCoder, steps: [Int]) throws(SnapshotError) {
        try coder.pass(&ordinal)
        try coder.pass(&lastTime)
        try coder.pass(&lastSeen)
        try coder.pass(&countedBytes)
        try arrival.pass(through: &coder)
        try past.pass(through: &coder)
        try times.pass(through: &coder)
        for field in forecasters.indices {
            if try coder.flag(forecasters[field] != nil) {
                var forecaster = forecasters[field] ?? makeForecaster(steps: steps)
                try forecaster.pass(through: &coder)
                if coder.isReading { forecasters[field] = forecaster }
            }
            try symbols[field].pass(through: &coder)
            try coder.passAny(&expected[field])
            try coder.pass(list: &waiting[field], upTo: Self.admissionEvents, empty: 0)
        }
        try told.pass(through: &coder)
        try passPaths(through: &coder)
        let count = try coder.count(trainings.count, bytesEach: 80)
        for place in 0..<count { try passTraining(place, steps: steps, through: &coder) }
    }

    private func passPaths(through coder: inout SnapshotCoder) throws(SnapshotError) {
        guard try coder.flag(paths != nil) else { return }
        try coder.pass(numbers: &pathFields, below: forecasters.count)
        try coder.pass(numbers: &pathLabels, below: forecasters.count)
        var (reach, steps) = (paths?.reachMicroseconds ?? 1, paths?.steps ?? 1)
        try coder.pass(&reach, in: 1...(1 << 61))
        try coder.pass(&steps, in: 1...NumericForecaster.maxStep)
        var passed =
            paths
            ?? PathForecaster(
                fields: pathFields.count, labels: pathLabels.count, reachMicroseconds: reach, steps: steps)
        try passed.pass(through: &coder)
        if coder.isReading { paths = passed }
    }

    private func passTraining(
        _ place: Int, steps: [Int], through coder: inout SnapshotCoder
    ) throws(SnapshotError) {
        let known = coder.isReading ? nil : trainings[place]
        var field = known?.field ?? 0
        var dueOrdinal = known?.dueOrdinal ?? 0
        try coder.pass(&field)
        try coder.check(field < forecasters.count && forecasters[field] != nil, "a job of no forecaster")
        try coder.pass(&dueOrdinal)
        let forecaster = forecasters[field] ?? makeForecaster(steps: steps)
        let job = try TrainingJob.passed(known?.job, of: forecaster, through: &coder)
        guard coder.isReading else { return }
        trainings.append(PendingTraining(id: -1, field: field, dueOrdinal: dueOrdinal, job: job))
    }
}

extension Timestamp {
    /// The microseconds that a snapshot may hold: any two have a difference.
    static let storable: ClosedRange<Int64> = -(1 << 61)...(1 << 61)
}

extension SnapshotCoder {
    /// Passes an instant, if there is one.
    mutating func pass(_ time: inout Timestamp?) throws(SnapshotError) {
        guard try flag(time != nil) else { return time = nil }
        var microseconds = time?.microseconds ?? 0
        try pass(&microseconds, in: Timestamp.storable)
        time = Timestamp(microseconds: microseconds)
    }

    /// Passes the place of a field.
    mutating func pass(_ path: inout FieldPath) throws(SnapshotError) {
        var root = path.root.rawValue
        try pass(&root, in: 0...FieldPath.Root.meta.rawValue)
        let count = try count(path.keys.count, bytesEach: 8)
        var keys = isReading ? [String](repeating: "", count: count) : path.keys
        for place in keys.indices { try pass(&keys[place]) }
        path = FieldPath(root: FieldPath.Root(rawValue: root) ?? .event, keys)
    }

    /// Passes places of fields and how many they are.
    mutating func pass(_ paths: inout [FieldPath], upTo limit: Int) throws(SnapshotError) {
        let count = try count(paths.count, upTo: limit, bytesEach: 9)
        if isReading { paths = [FieldPath](repeating: FieldPath(""), count: count) }
        for place in paths.indices { try pass(&paths[place]) }
    }

    /// Passes numbers of fields, each below their count and each once.
    mutating func pass(numbers: inout [Int], below count: Int) throws(SnapshotError) {
        try pass(list: &numbers, upTo: count, empty: 0)
        let (isWithin, isOnce) = (numbers.allSatisfy { $0 >= 0 && $0 < count }, Set(numbers).count == numbers.count)
        try check(isWithin && isOnce, "a list names a field that is not learned, or one twice")
    }
}
