/// One value of the event at hand, ready to be looked up.
@safe struct EventKey {
    /// The characters of a text, decoded.
    var start: UnsafePointer<UInt8>
    /// The hash, where some probe wants it.
    var hash: UInt64
    /// The bits of a number (negative zero made positive), boolean or null.
    var bits: UInt64
    /// The number of characters.
    var length: UInt32
    /// A ``ValueForm``.
    var form: UInt8
}
