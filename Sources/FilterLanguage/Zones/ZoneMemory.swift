/// The zones that events have named, so that each is read once. Bounded by ``TimeZoneDatabase/rememberedZones``.
struct ZoneMemory {
    private var zones: [String: TimeZone?] = [:]
    /// Held, so that no other database comes to lie where it was.
    private var database: TimeZoneDatabase?

    /// The zone of that name in `database`; nil if there is none.
    mutating func zone(named name: String, in database: TimeZoneDatabase) -> TimeZone? {
        if self.database !== database || zones.count >= TimeZoneDatabase.rememberedZones {
            zones.removeAll(keepingCapacity: true)
            self.database = database
        }
        if let known = zones[name] { return known }
        let zone = database.zone(named: name)
        zones[name] = .some(zone)
        return zone
    }
}
