/// How the index finds a filter.
enum AccessPlan {
    /// It never matches.
    case never
    /// It always matches.
    case always
    /// By any of the entries; several may fire for one event. `cost` is the expected number of firings per event.
    case entries([PlannedEntry], cost: Double)
    /// There is no access predicate: its program runs for every event.
    case scan
}
