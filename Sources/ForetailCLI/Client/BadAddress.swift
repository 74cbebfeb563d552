#if Server
/// An address that cannot be used as it stands.
struct BadAddress: Error, Hashable {
    /// What is wrong and how to mend it.
    var message: String
}
#endif
