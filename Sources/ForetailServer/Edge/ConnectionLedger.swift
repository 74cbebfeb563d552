#if Server
import Synchronization

/// The connections that are open, in all and by address, and what was refused at the edge.
///
/// IPv6 addresses count by their first 64 bits: whoever has one of them has them all.
final class ConnectionLedger: Sendable {
    /// Why something was turned away before it became a request.
    enum Refusal: String, CaseIterable, Sendable {
        /// A connection beyond `limits.connections`.
        case connections
        /// A connection beyond `limits.connectionsPerAddress`.
        case connectionsPerAddress
        /// A request whose head is larger than is read.
        case headSize
        /// A request whose head took longer than `limits.headSeconds`.
        case headTime
        /// A request whose body took longer than `limits.bodySeconds`.
        case bodyTime
        /// What is no HTTP, or says in two ways where it ends.
        case syntax
    }

    private struct State {
        var count = 0
        var byAddress: [InternetAddress: Int] = [:]
        var refusals: [Refusal: Int] = [:]
    }

    private let state = Mutex(State())
    private let limits: ServerLimits

    init(limits: ServerLimits) { self.limits = limits }

    /// The connections that are open.
    var count: Int { state.withLock { $0.count } }

    /// The most connections that one address has.
    var mostOfOneAddress: Int { state.withLock { $0.byAddress.values.max() ?? 0 } }

    /// What was refused, by reason.
    var refusals: [Refusal: Int] { state.withLock { $0.refusals } }

    /// Counts a connection in, until ``leave(_:)``.
    ///
    /// - Returns: Why it is refused; nil: it is not.
    func enter(_ address: InternetAddress?) -> Refusal? {
        let address = address.map(Self.counted)
        return state.withLock { state in
            var refusal: Refusal?
            if state.count >= limits.connections {
                refusal = .connections
            } else if let address, state.byAddress[address, default: 0] >= limits.connectionsPerAddress {
                refusal = .connectionsPerAddress
            }
            if let refusal {
                state.refusals[refusal, default: 0] += 1
                return refusal
            }
            state.count += 1
            if let address { state.byAddress[address, default: 0] += 1 }
            return nil
        }
    }

    /// Counts a connection out.
    func leave(_ address: InternetAddress?) {
        let address = address.map(Self.counted)
        state.withLock { state in
            state.count -= 1
            guard let address, let count = state.byAddress[address] else { return }
            state.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Counts something that was turned away.
    func note(_ refusal: Refusal) { state.withLock { $0.refusals[refusal, default: 0] += 1 } }

    /// What an address counts as.
    private static func counted(_ address: InternetAddress) -> InternetAddress {
        if address.isV4 { return address }
        // ::ffff:0:0/96, an IPv4 client at a socket that takes both.
        if address.bits >> 32 == 0xFFFF { return InternetAddress(v4: UInt32(truncatingIfNeeded: address.bits)) }
        return InternetAddress(v6: (address.bits >> 64) << 64)
    }
}
#endif
