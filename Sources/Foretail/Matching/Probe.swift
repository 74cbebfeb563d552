/// A look-up that the index makes for every event: a slot or two, and how they are looked at. Shared by all filters whose
/// access predicate has this shape.
struct Probe {
    enum Kind: UInt8 {
        case equality, pair, prefix, element, range, array, present, absent
    }

    /// What tells probes apart.
    struct Shape: Hashable {
        var kind: Kind
        /// The slot, and the second of a pair or -1.
        var slot: Int
        var other: Int = -1
        /// The bytes of a prefix.
        var length = 0
    }

    var kind: Kind
    /// Whether there is but one bucket, found without a key.
    var isFlag: Bool { kind == .array || kind == .present || kind == .absent }
    /// The numbers of the slots among the tracked ones.
    var first: UInt32
    var second: UInt32
    /// The bytes of a prefix.
    var length: UInt32
    /// Sets the keys of this probe apart from all others'.
    var salt: UInt64
    /// The root of the tree of ranges, or the bucket of presence.
    var target: UInt32
    /// Buckets or ranges of this probe; without any it is free.
    var uses: UInt32
}
