internal import FilterLanguage

/// A filter, or one of its alternatives, in the list of a key: whom to report, and what is left to test.
struct Posting {
    /// The entry, for finding the posting when the filter goes.
    var entry: UInt32
    /// The group to report.
    var group: UInt32
    /// One of the tests that remain, decided where it stands.
    var test: InlineTest
    /// What remains beside it.
    var residual: Residual
}
