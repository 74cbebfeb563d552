/// Compare-and-set on a subject, also where the stream has replicas.
extension PublishBatch {
    /// Adds a message that takes the place behind one message of its subject: of all that name the same one, the stream takes one.
    ///
    ///     batch.append(subject: "out.3", payload: bytes[...], following: 41)
    ///
    /// Servers of version 2.9 compare a subject's sequence before they replicate a message, with what is stored and not with what
    /// is on its way, and not again when they store it: several writers at a time may all pass. Ids are compared when a message is
    /// stored, by each server alike. So the subject and the sequence together are the message's id. The id decides between
    /// messages on their way at the same time, the sequence keeps away what comes after the stream's duplicate window.
    ///
    /// What becomes of it: `stored` and no duplicate, this message is there. `refused` as a `conflict`, or `stored` as a duplicate:
    /// one that follows the same message is there, another writer's or an earlier try of this one; the subject's last message
    /// says. Never two.
    ///
    /// - Parameters:
    ///   - subject: Its subject.
    ///   - payload: Its bytes.
    ///   - sequence: The sequence of the subject's last message; 0: there is none.
    public mutating func append(subject: String, payload: ArraySlice<UInt8>, following sequence: UInt64) {
        // That there is none is compared when a message is stored. An id would outlive messages that the stream forgets.
        append(
            subject: subject, payload: payload, id: sequence == 0 ? nil : MessageID(subject, sequence),
            expecting: .lastSubjectSequence(sequence))
    }
}
