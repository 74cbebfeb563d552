/// A fetch that is to be made at a later time, for an event that is expected.
struct FetchPlan {
    /// When to fetch, in microseconds of the monotonic clock.
    var time: Int64
    /// Until when the event is expected.
    var until: Int64
    var key: StagedRows.Key
    /// How often the rows were read for this event already.
    var refreshes: Int
}
