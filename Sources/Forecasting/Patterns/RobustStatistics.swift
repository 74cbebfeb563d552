/// Medians and what builds on them; values that are NaN do not count.
enum RobustStatistics {
    /// The median; 0 of none.
    static func median(_ values: some Sequence<Double>) -> Double {
        var sorted = values.filter { !$0.isNaN }
        guard !sorted.isEmpty else { return 0 }
        sorted.sort()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// 1.4826 × the median distance from the median: the standard deviation of normal values.
    static func deviation(_ values: [Double]) -> Double {
        let middle = median(values)
        return 1.4826 * median(values.lazy.map { abs($0 - middle) })
    }

    /// The mean; 0 of none.
    static func mean(_ values: some Sequence<Double>) -> Double {
        var sum = 0.0
        var count = 0.0
        for value in values where !value.isNaN {
            sum += value
            count += 1
        }
        return count > 0 ? sum / count : 0
    }

    /// The mean square distance from the mean; 0 of none.
    static func variance(_ values: some Sequence<Double>) -> Double {
        let middle = mean(values)
        return mean(values.lazy.map { ($0 - middle) * ($0 - middle) })
    }

    /// The values without gaps: NaN replaced along the straight line between its neighbours.
    static func filled(_ values: [Double]) -> [Double] {
        var result = values
        var last: Int?
        for index in result.indices where !result[index].isNaN {
            if let last {
                for gap in (last + 1)..<max(index, last + 1) {
                    let share = Double(gap - last) / Double(index - last)
                    result[gap] = result[last] + share * (result[index] - result[last])
                }
            } else {
                for gap in 0..<index { result[gap] = result[index] }
            }
            last = index
        }
        guard let last else { return [Double](repeating: 0, count: values.count) }
        for gap in (last + 1)..<max(result.count, last + 1) { result[gap] = result[last] }
        return result
    }

    /// The values minus their mean, none further from 0 than so many mean distances.
    static func clipped(_ values: [Double], at limit: Double) -> [Double] {
        let middle = mean(values)
        let reach = limit * mean(values.lazy.map { abs($0 - middle) })
        return values.map { $0.isNaN ? $0 : min(max($0 - middle, -reach), reach) }
    }

    /// The lag-1 autocorrelation of values without gaps, about their mean.
    static func lagOne(_ values: [Double]) -> Double {
        guard values.count > 2 else { return 0 }
        let middle = mean(values)
        var product = 0.0
        var power = 0.0
        for index in values.indices {
            let value = values[index] - middle
            power += value * value
            if index > 0 { product += value * (values[index - 1] - middle) }
        }
        return power > 0 ? product / power : 0
    }
}
