#if NATS
import CNATS
import Foretail

/// A subscription's handle, on its way between threads.
struct SubscriptionPointer: @unchecked Sendable { var pointer: OpaquePointer }

/// A subscription that nobody reads any more, and what it calls, until the library can have nothing to do with them.
///
/// A subscription that is destroyed while a message for it arrives is used after it is freed: libnats before 3.6 looks it up, lets go of
/// the lock, and then counts on it (nats.c issue 637). So it is taken off the connection at once, which ends what comes, and destroyed
/// some seconds later. Several short waits rather than a long one: a process that is stopped meanwhile wakes with at most one of them over.
struct RetiredSubscription: @unchecked Sendable {
    private static let thread = ThreadExecutor()
    private static let waits = 10
    private static let waitMicroseconds: Int64 = 500_000

    private let subscription: OpaquePointer
    private let callee: any AnyObject & Sendable

    init(_ subscription: OpaquePointer, _ callee: any AnyObject & Sendable) {
        self.subscription = subscription
        self.callee = callee
    }

    /// Ends the subscription, then destroys it. Not on a thread of the library, which may be about to call for it.
    func end(on connection: NATSConnection) {
        Task(executorPreference: connection.thread) {
            natsSubscription_Unsubscribe(subscription)
            Task(executorPreference: Self.thread) {
                for _ in 0..<Self.waits { await Monotonic.sleep(Self.waitMicroseconds) }
                natsSubscription_Destroy(subscription)
                withExtendedLifetime(callee) {}
            }
            withExtendedLifetime(connection) {}
        }
    }
}
#endif
