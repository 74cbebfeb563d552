#if Server
import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// HTTP clients that each connect to one address only, under one name. Their connections are kept for the next attempt.
final class PinnedClients: Sendable {
    /// One of them.
    final class Pinned: Sendable {
        fileprivate let key: Key
        let client: HTTPClient

        fileprivate init(_ key: Key, _ client: HTTPClient) {
            self.key = key
            self.client = client
        }
    }

    fileprivate struct Key: Hashable {
        var host: String
        var address: InternetAddress
    }

    private struct Entry {
        var pinned: Pinned
        var users = 0
        var used: Int64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let settings: WebhookSettings
    private let tls: TLSConfiguration
    private let clock = ServerClock()
    /// Clients kept while nobody uses them.
    private static let kept = 256

    init(_ settings: WebhookSettings, tls: TLSConfiguration) {
        self.settings = settings
        self.tls = tls
    }

    /// The client for an address under the name of a URL, until ``leave(_:)``.
    func enter(_ url: WebhookURL, _ address: InternetAddress) -> Pinned {
        let key = Key(host: url.host, address: address)
        let now = clock.monotonic
        let (pinned, idle) = state.withLock { state -> (Pinned, [Pinned]) in
            if state.entries[key] == nil {
                state.entries[key] = Entry(pinned: Pinned(key, make(url, address)), used: now)
            }
            state.entries[key]!.users += 1
            state.entries[key]!.used = now
            return (state.entries[key]!.pinned, Self.takeIdle(&state))
        }
        Self.shutDown(idle)
        return pinned
    }

    /// Ends a use.
    func leave(_ pinned: Pinned) {
        let idle = state.withLock { state -> [Pinned] in
            state.entries[pinned.key]?.users -= 1
            return Self.takeIdle(&state)
        }
        Self.shutDown(idle)
    }

    /// Ends all connections; what is under way fails.
    func close() async {
        let all = state.withLock { state -> [Pinned] in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.pinned)
        }
        for pinned in all { try? await pinned.client.shutdown() }
    }

    /// Those that nobody uses, longest unused first, beyond what is kept.
    private static func takeIdle(_ state: inout State) -> [Pinned] {
        let surplus = state.entries.count - (state.isClosed ? 0 : kept)
        guard surplus > 0 else { return [] }
        let idle = state.entries.values.filter { $0.users == 0 }.sorted { $0.used < $1.used }.prefix(surplus)
        for entry in idle { state.entries[entry.pinned.key] = nil }
        return idle.map(\.pinned)
    }

    private static func shutDown(_ idle: [Pinned]) {
        guard !idle.isEmpty else { return }
        Task { for pinned in idle { try? await pinned.client.shutdown() } }
    }

    private func make(_ url: WebhookURL, _ address: InternetAddress) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .microseconds(settings.connectMicroseconds)),
            connectionPool: .init(
                idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: settings.receiverAttempts),
            decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if url.address == nil { configuration.dnsOverride = [url.host: address.description] }
        // The library connects to a number, never to a name. Should it ever do otherwise, nothing is sent.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            let peer = channel.remoteAddress?.ipAddress.flatMap { InternetAddress($0) }
            guard peer == address else {
                let peer = peer?.description ?? "an unknown address"
                return channel.eventLoop.makeFailedFuture(
                    PeerMismatch(description: "connected to \(peer), not to \(address)"))
            }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
#endif
