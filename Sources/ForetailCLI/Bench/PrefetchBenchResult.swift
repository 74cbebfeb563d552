import Prefetching

/// What `foretail bench prefetch` found out.
struct PrefetchBenchResult {
    var statistics: PrefetchStatistics
    var distinctKeys: Int
    var capacity: Int
    var latency: Int
    var microsecondsPerAccess: Double
    var predictorBytes: Int

    /// The result for people.
    var text: String {
        let counts = statistics
        func ratio(_ value: Double) -> String { Readable.fixed(value, decimals: 4) }
        return """
            requests          \(counts.requests) of \(distinctKeys) keys; a buffer of \(capacity), a fetch takes \(latency)
            hit_ratio         \(ratio(counts.hitRatio))
            lru_hit_ratio     \(ratio(counts.plainHitRatio))
            precision         \(ratio(counts.precision))
            traffic_factor    \(ratio(counts.trafficFactor)) fetches for each one of plain LRU
            pollution         \(ratio(counts.pollution)) of requests
            prefetches        \(counts.issued) issued: \(counts.useful) useful, \(counts.late) late, \
            \(counts.wasted) wasted, \(counts.pending) pending
            demand fetches    \(counts.demandFetches)
            lead              p10 \(counts.lead(at: 0.1)), p50 \(counts.lead(at: 0.5)) requests
            cost              \(Readable.fixed(microsecondsPerAccess, decimals: 2)) µs an access, \
            \(predictorBytes >> 10) KiB of predictors
            """
    }

    /// The result as one JSON object.
    var json: String {
        let counts = statistics
        return """
            {"hit_ratio":\(counts.hitRatio),"precision":\(counts.precision),"traffic_factor":\(counts.trafficFactor),\
            "lru_hit_ratio":\(counts.plainHitRatio),"pollution":\(counts.pollution),"issued":\(counts.issued),\
            "useful":\(counts.useful),"late":\(counts.late),"wasted":\(counts.wasted),"pending":\(counts.pending),\
            "demand_fetches":\(counts.demandFetches),"hits":\(counts.hits),"polluted":\(counts.polluted),\
            "lead_p10":\(counts.lead(at: 0.1)),"lead_p50":\(counts.lead(at: 0.5)),\
            "microseconds_per_access":\(microsecondsPerAccess),"requests":\(counts.requests),\
            "distinct_keys":\(distinctKeys),"capacity":\(capacity),"latency":\(latency),\
            "predictor_bytes":\(predictorBytes)}
            """
    }
}
