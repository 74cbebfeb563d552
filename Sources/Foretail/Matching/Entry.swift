/// Where a filter's posting lies, for taking it out.
struct Entry {
    /// The bucket or, if `position` is ``Entry/isRange``, the record of an interval.
    var place: UInt32
    var position: UInt32
    /// The filter's next entry; of a free entry the next free one.
    var next: UInt32

    static let isRange: UInt32 = .max
    static let none: UInt32 = .max
}
