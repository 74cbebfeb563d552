/// The state of a request's predictive buffer.
public struct BufferStatus: Sendable, Hashable {
    /// Live slots: expected events with at least one prediction.
    public var size: Int
    /// Live predictions.
    public var predictions: Int
    /// Alternatives staged beside the predictions' own values.
    public var staged: Int
    /// The slots that confidence allows: steps whose mean confidence reaches the threshold, times series at hand.
    public var capacity: Int
    /// Counted bytes of this request.
    public var bytes: Int
    /// The most it ever held.
    public var peakBytes: Int
    /// The bytes all requests may hold together.
    public var budgetBytes: Int
    /// The request's time to live, in microseconds; nil: window and a grace of one median gap.
    public var timeToLiveMicroseconds: Int64?
    /// Matched events that a live prediction had announced.
    public var hits: Int
    /// Matched events that no prediction had announced as its value, but one had staged as an alternative.
    public var alternativeHits: Int
    /// Matched events that none had announced.
    public var misses: Int
    /// Series evicted for want of room.
    public var evictions: Int
    /// Predictions whose window went by.
    public var expirations: Int
    /// Predictions not announced because the budget had no room.
    public var refusals: Int

    init(_ request: RequestState, core: ManagerCore) {
        size = request.buffer.slotCount
        predictions = request.buffer.count
        staged = request.buffer.stagedCount
        let threshold = request.settings?.minConfidence ?? 1
        let steps = request.steps.count { $0.meanConfidence >= threshold }
        capacity = steps * max(request.buffer.seriesCount, request.series.seenCount)
        bytes = request.buffer.bytes
        peakBytes = request.peakBytes
        budgetBytes = core.budget.limit
        timeToLiveMicroseconds = request.settings?.timeToLiveMicroseconds
        hits = request.hitEvents
        alternativeHits = request.alternativeHits
        misses = request.matchedEvents - request.hitEvents
        evictions = request.evictions
        expirations = request.expirations
        refusals = request.refusals
    }
}
