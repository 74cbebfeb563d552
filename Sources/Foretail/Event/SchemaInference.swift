package import FieldExtraction
package import FilterLanguage

/// What a stream's first events held in the fields that somebody reads, for warnings of filters that cannot match.
package struct SchemaInference {
    /// Events after which it says something.
    static let leastEvents = 100
    /// Events that are looked at; then it costs nothing any more.
    static let mostEvents = 1_024

    /// A field of the body with what it held; the schema is made of them when it is asked for, and not event by event.
    private struct Observed {
        var path: FieldPath
        var slot: Int
        var field = EventSchema.Field([])
    }

    private var observed: [Observed] = []
    private var planCount = 0
    private var events = 0

    package init() {}

    /// Whether the next event is to be looked at, under a plan of so many fields.
    package func wants(planCount: Int) -> Bool { events < Self.mostEvents || planCount != self.planCount }

    /// Takes in an event. A plan that has grown is observed anew, all fields together.
    package mutating func observe(_ row: FieldRow, plan: FieldPlan) {
        if plan.count != planCount {
            observed = []
            for (slot, path) in plan.paths.enumerated() where path.root == .event && !path.keys.isEmpty {
                observed.append(Observed(path: path, slot: slot))
            }
            planCount = plan.count
            events = 0
        }
        events += 1
        for place in observed.indices {
            let kind = row[observed[place].slot].kind
            if kind == .missing {
                observed[place].field.mayBeAbsent = true
            } else {
                observed[place].field.kinds.formUnion(FieldKinds(kind))
            }
        }
    }

    /// The schema, if enough events were seen to speak of. Cost: linear in the fields.
    package var schema: EventSchema? {
        guard events >= Self.leastEvents else { return nil }
        var schema = EventSchema(isClosed: false)
        for entry in observed { schema[entry.path] = entry.field }
        return schema
    }
}
