internal import FieldExtraction

/// The names an expression may use.
enum Scope {
    /// `event` and `meta`.
    case filter
    /// Names given by the caller, and the container in which they are looked up first. Unknown names fail at run time.
    case expression(variables: [String], container: String)

    /// What `meta` holds.
    static let metadata = ["stream", "key", "time", "position", "surprise"]
}
