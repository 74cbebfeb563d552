#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tells the addresses of a host name.
protocol HostResolver: Sendable {
    /// The addresses in the order in which they are to be tried; empty: there are none.
    ///
    /// - Throws: ``WebhookFailure`` where nobody could be asked.
    func addresses(of host: String) async throws(WebhookFailure) -> [InternetAddress]
}

/// The system's resolver: hosts file, DNS, whatever the machine is set up for.
final class SystemResolver: HostResolver {
    /// `getaddrinfo` waits in the kernel: threads of its own, and enough that one slow name does not hold up the others.
    private let pool = BlockingPool(threads: 4)

    /// Asks `getaddrinfo`. Takes as long as the system's time-outs allow; whoever asks has a deadline of his own.
    func addresses(of host: String) async throws(WebhookFailure) -> [InternetAddress] {
        let answer = FirstAnswer<Result<[InternetAddress], WebhookFailure>>()
        let pool = pool
        Task {
            answer.give(
                await pool.run { () -> Result<[InternetAddress], WebhookFailure> in
                    do throws(WebhookFailure) { return .success(try Self.resolve(host)) } catch {
                        return .failure(error)
                    }
                })
        }
        // The thread goes on until the system gives up; nobody waits for it.
        return try await withTaskCancellationHandler {
            await answer.value
        } onCancel: {
            answer.give(.failure(.cancelled))
        }.get()
    }

    private static func resolve(_ host: String) throws(WebhookFailure) -> [InternetAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            throw WebhookFailure(
                .unresolved, "\(host): \(reason)", remedy: "check the name; it is looked up at every try")
        }
        defer { freeaddrinfo(list) }
        var addresses: [InternetAddress] = []
        var entry = list
        while let current = entry?.pointee {
            if let address = current.ai_addr.flatMap({ read($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = current.ai_next
        }
        return addresses
    }

    private static func read(_ place: UnsafeMutablePointer<sockaddr>) -> InternetAddress? {
        switch Int32(place.pointee.sa_family) {
        case AF_INET:
            return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                InternetAddress(v4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            return place.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { place in
                InternetAddress(withUnsafeBytes(of: place.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }
}
#endif
