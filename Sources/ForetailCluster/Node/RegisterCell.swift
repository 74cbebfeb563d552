/// What a node knows of a register.
struct RegisterCell: Sendable {
    /// The value read or written last; nil: none, or not known.
    var value: RegisterValue?
    /// Its revision; 0: none.
    var revision: UInt64 = 0
    /// When this revision was first seen, after the answer came.
    var since: Int64 = 0
    /// When the register was read last; nil: never, or it has to be read at once.
    var readAt: Int64?
    /// The command on its way.
    var pending: (id: UInt64, operation: RegisterCommand.Operation, sentAt: Int64)?

    /// Takes note of a value, unless a newer one is known.
    mutating func note(_ fresh: RegisterValue?, revision fresher: UInt64, now: Int64) {
        readAt = now
        guard fresher > revision || value == nil else { return }
        if fresher != revision || value == nil { since = now }
        value = fresh
        revision = fresher
    }
}
