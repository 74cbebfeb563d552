/// A key of the event at hand on its way through the table, the buckets and the keys.
struct GatheredLookup {
    var tag: UInt32
    var probe: UInt32
    /// The bucket the table names.
    var number: UInt32
    /// The place in the table.
    var place: UInt32
    /// The bucket's block, then what stands at its beginning: read to have it at hand.
    var word: UInt64
}
