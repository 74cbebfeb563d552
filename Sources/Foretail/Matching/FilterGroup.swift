/// A distinct filter.
struct FilterGroup {
    enum Kind: UInt8 {
        case free, never, always, scanned, indexed
    }

    var kind: Kind
    /// Registrations of this filter.
    var uses: UInt32
    /// Its first entry; its place in the list of those that are always reported or scanned; the next free group.
    var first: UInt32
    /// Its whole program among the programs, or -1.
    var program: Int32
    /// Its source, for telling filters apart.
    var source: UInt32
    var sourceLength: UInt32
    var sourceTag: UInt32
}
