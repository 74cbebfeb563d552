import HeapModule

/// The fetches that are to be made later: one for each key, the earliest that was asked for.
struct FetchPlans {
    private struct Due: Comparable {
        var time: Int64
        var key: StagedRows.Key

        static func < (left: Due, right: Due) -> Bool { left.time < right.time }
    }

    private var plans: [StagedRows.Key: FetchPlan] = [:]
    /// When each is due; what is no more, or at another time, is passed over.
    private var line = Heap<Due>()

    /// How many are planned.
    var count: Int { plans.count }

    /// When the next is due, or something is to be passed over; nil: nothing is planned.
    var nextTime: Int64? { line.min?.time }

    /// Adds a plan. One for the same key becomes one with it: at the earlier time, until the later.
    ///
    /// - Returns: Whether there was room.
    mutating func insert(_ plan: FetchPlan, limit: Int) -> Bool {
        var plan = plan
        if let known = plans[plan.key] {
            plan.until = max(plan.until, known.until)
            guard plan.time < known.time else {
                plans[plan.key]?.until = plan.until
                return true
            }
        } else if plans.count >= limit {
            return false
        }
        plans[plan.key] = plan
        if line.count > 2 * plans.count + 1_024 {
            line = Heap(line.unordered.filter { plans[$0.key]?.time == $0.time })
        }
        line.insert(Due(time: plan.time, key: plan.key))
        return true
    }

    /// Takes a plan that is due.
    mutating func takeDue(at time: Int64) -> FetchPlan? {
        while let due = line.min, due.time <= time {
            line.removeMin()
            guard let plan = plans[due.key], plan.time == due.time else { continue }
            plans[due.key] = nil
            return plan
        }
        return nil
    }
}
