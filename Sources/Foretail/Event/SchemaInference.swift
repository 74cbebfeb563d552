package import FieldExtraction
package import FilterLanguage

/// What a stream's first events held in the fields that somebody reads, for warnings of filters that cannot match.
package struct SchemaInference {
    /// Events after which it says something.
    static let leastEvents = 100
    /// Events that are looked at; then it costs nothing any more.
    static let mostEvents = 1_024

    private var observed = EventSchema(isClosed: false)
    private var planCount = 0
    private var events = 0

    package init() {}

    /// Whether the next event is to be looked at, under a plan of so many fields.
    package func wants(planCount: Int) -> Bool { events < Self.mostEvents || planCount != self.planCount }

    /// Takes in an event. A plan that has grown is observed anew, all fields together.
    package mutating func observe(_ row: FieldRow, plan: FieldPlan) {
        if plan.count != planCount {
            observed = EventSchema(isClosed: false)
            planCount = plan.count
            events = 0
        }
        events += 1
        for (slot, path) in plan.paths.enumerated() where path.root == .event && !path.keys.isEmpty {
            observed.observe(path, row[slot].kind)
        }
    }

    /// The schema, if enough events were seen to speak of.
    package var schema: EventSchema? { events >= Self.leastEvents ? observed : nil }
}
