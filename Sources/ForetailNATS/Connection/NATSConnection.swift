#if NATS
import CNATS
import Foretail
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A connection to a NATS server or cluster, by libnats, that is made anew by itself for as long as it is open.
///
///     let connection = try await NATSConnection.open(NATSSettings(servers: ["nats://127.0.0.1:4222"]))
///     let jetStream = JetStream(connection)
///     await connection.close()
///
/// All awaited replies and acknowledgements come through one inbox. Calls of the library that may block run on a thread of the
/// connection; its callbacks run on threads of the library. What was sent when the connection broke is answered with a failure at
/// once (`connection`: it is not known whether it arrived), never sent again by itself.
public final class NATSConnection: Sendable {
    /// The settings.
    public let settings: NATSSettings
    let hub: ConnectionHub
    /// The thread on which calls of the library run.
    let thread = ThreadExecutor()
    /// Given back once nobody holds the connection.
    nonisolated(unsafe) let handle: OpaquePointer
    nonisolated(unsafe) private let inbox: OpaquePointer

    private init(_ settings: NATSSettings, _ hub: ConnectionHub, handle: OpaquePointer, inbox: OpaquePointer) {
        self.settings = settings
        self.hub = hub
        self.handle = handle
        self.inbox = inbox
    }

    deinit {
        nonisolated(unsafe) let (handle, inbox) = (handle, inbox)
        // Closing joins threads of the library, so it must not run on one of them, nor on the pool. The thread that reads has ended
        // then: a subscription must not be destroyed while a message for it arrives.
        Task(executorPreference: thread) {
            natsConnection_Close(handle)
            natsSubscription_Destroy(inbox)
            natsConnection_Destroy(handle)
        }
    }

    /// Connects to one of the servers.
    ///
    /// - Throws: ``NATSFailure`` (`connection`, `authentication`) naming the servers; nothing is tried again.
    public static func open(_ settings: NATSSettings) async throws(NATSFailure) -> NATSConnection {
        let result = await Task(executorPreference: ThreadExecutor()) { openNow(settings) }.value
        return try result.get()
    }

    /// How the connection stands.
    public var state: NATSConnectionState { hub.standing }

    /// The largest message the server takes, in bytes.
    public var largestMessage: Int { Int(natsConnection_GetMaxPayload(handle)) }

    /// Closes the connection; what is awaited fails (`closed`). Does nothing the second time.
    public func close() async {
        await onThread { natsConnection_Close($0) }
    }

    /// Waits until a server is connected.
    ///
    /// - Throws: ``NATSFailure`` (`closed`, `connection`) when it is not in the time given.
    public func waitUntilConnected(within microseconds: Int64? = nil) async throws(NATSFailure) {
        let time = microseconds ?? settings.answerMicroseconds
        try await waitUntilConnected(until: Monotonic.deadline(after: time))
    }

    func waitUntilConnected(until deadline: Int64) async throws(NATSFailure) {
        let state = await hub.waitForServer(until: deadline)
        switch state.phase {
        case .connected: return
        case .closed: throw NATSFailure(.closed, "NATS \(place): the connection is closed")
        case .reconnecting:
            if Task.isCancelled { throw NATSFailure(.cancelled, "NATS \(place): the caller went away") }
            throw NATSFailure(
                .connection,
                "NATS \(place): no server is connected (\(state.lastError?.message ?? "trying")); check that one listens"
            )
        }
    }

    /// Sends a message and awaits the reply.
    ///
    /// - Parameters:
    ///   - subject: Where to.
    ///   - payload: The message.
    ///   - microseconds: How long it may take; nil: as the settings say.
    /// - Throws: ``NATSFailure``; with `timeout` and `connection` the message may have arrived.
    public func request(
        _ subject: String, _ payload: [UInt8] = [], within microseconds: Int64? = nil
    ) async throws(NATSFailure) -> [UInt8] {
        let time = microseconds ?? settings.answerMicroseconds
        let deadline = Monotonic.deadline(after: time)
        try await waitUntilConnected(until: deadline)
        let answer = Answer()
        let number = hub.register(.answer(answer))
        defer { hub.unregister(number) }
        let reply = hub.inbox + String(number)
        let status = await onThread { handle in
            payload.withUnsafeBytes {
                natsConnection_PublishRequest(handle, subject, reply, $0.baseAddress, Int32($0.count))
            }
        }
        guard status == NATS_OK else { throw LibraryStatus.failure(status, "asking '\(subject)'") }
        let timer = Task {
            await Monotonic.sleep(deadline - Monotonic.now())
            let seconds = Double(time) / 1_000_000
            answer.end(
                .failure(NATSFailure(.timeout, "NATS \(place): '\(subject)' gave no answer within \(seconds) s")))
        }
        let result = await withTaskCancellationHandler {
            await answer.wait()
        } onCancel: {
            answer.end(.failure(NATSFailure(.cancelled, "asking '\(subject)': the caller went away")))
        }
        timer.cancel()
        let got = try result.get()
        guard !got.isNoResponders else {
            throw NATSFailure(
                .noResponders,
                "NATS \(place): nobody answers to '\(subject)'; check that JetStream is on and that the stream has a leader"
            )
        }
        return got.bytes
    }

    /// Sends a message that nobody confirms.
    public func send(_ subject: String, _ payload: [UInt8]) async throws(NATSFailure) {
        try await waitUntilConnected()
        let status = await onThread { handle in
            payload.withUnsafeBytes { natsConnection_Publish(handle, subject, $0.baseAddress, Int32($0.count)) }
        }
        guard status == NATS_OK else { throw LibraryStatus.failure(status, "sending to '\(subject)'") }
    }

    /// The servers, for messages; addresses hold no passwords here.
    var place: String {
        state.server ?? settings.servers.map(Self.withoutPassword).joined(separator: ",")
    }

    static func withoutPassword(_ address: String) -> String {
        guard let at = address.lastIndex(of: "@") else { return address }
        var scheme = ""
        if let colon = address.firstIndex(of: ":"), address[colon...].hasPrefix("://") {
            scheme = address[..<colon] + "://"
        }
        return scheme + address[address.index(after: at)...]
    }

    /// Runs a call of the library on the connection's thread.
    func onThread<Value: Sendable>(_ call: @escaping @Sendable (OpaquePointer) -> Value) async -> Value {
        await Task(executorPreference: thread) { call(self.handle) }.value
    }

    // MARK: Opening

    private static func openNow(_ settings: NATSSettings) -> Result<NATSConnection, NATSFailure> {
        _ = deliveryThreads
        let hub = ConnectionHub()
        let names = settings.servers.map(withoutPassword).joined(separator: ",")
        var options: OpaquePointer?
        guard natsOptions_Create(&options) == NATS_OK, let options else {
            return .failure(NATSFailure(.refused, "libnats cannot be initialised"))
        }
        defer { natsOptions_Destroy(options) }
        if let failure = ConnectionFiles.unreadable(settings) { return .failure(failure) }
        var status = set(options, settings)
        guard status == NATS_OK else {
            return .failure(LibraryStatus.failure(status, "settings of NATS at \(names)"))
        }
        let closure = Unmanaged.passRetained(hub).toOpaque()
        natsOptions_SetDisconnectedCB(options, natsConnectionBroke, closure)
        natsOptions_SetReconnectedCB(options, natsConnectionMade, closure)
        natsOptions_SetClosedCB(options, natsConnectionClosed, closure)
        natsOptions_SetErrorHandler(options, natsConnectionComplained, closure)
        var handle: OpaquePointer?
        status = natsConnection_Connect(&handle, options)
        guard status == NATS_OK, let handle else {
            // Without a connection the callback that gives it back is never called.
            Unmanaged<ConnectionHub>.fromOpaque(closure).release()
            let failure = LibraryStatus.failure(status, "connecting to NATS at \(names)")
            return .failure(TLSFailure.explained(failure, settings))
        }
        hub.connected(to: server(of: handle), isFirst: true)
        var inbox: OpaquePointer?
        let inboxClosure = Unmanaged.passRetained(hub).toOpaque()
        status = natsConnection_Subscribe(&inbox, handle, hub.inbox + ">", natsInboxArrived, inboxClosure)
        guard status == NATS_OK, let inbox else {
            Unmanaged<ConnectionHub>.fromOpaque(inboxClosure).release()
            natsConnection_Destroy(handle)
            return .failure(LibraryStatus.failure(status, "subscribing to the inbox at \(names)"))
        }
        natsSubscription_SetOnCompleteCB(inbox, natsInboxEnded, inboxClosure)
        // Windows and batches bound what comes; a limit here would drop acknowledgements.
        natsSubscription_SetPendingLimits(inbox, -1, -1)
        return .success(NATSConnection(settings, hub, handle: handle, inbox: inbox))
    }

    private static func set(_ options: OpaquePointer, _ settings: NATSSettings) -> natsStatus {
        var status = NATS_OK
        func take(_ next: @autoclosure () -> natsStatus) { if status == NATS_OK { status = next() } }
        var servers = settings.addresses.map { UnsafePointer(strdup($0)) }
        defer { servers.forEach { free(UnsafeMutablePointer(mutating: $0)) } }
        take(natsOptions_SetServers(options, &servers, Int32(servers.count)))
        take(natsOptions_SetName(options, settings.name))
        if let file = settings.credentialsFile { take(natsOptions_SetUserCredentialsFromFiles(options, file, nil)) }
        if let token = settings.token { take(natsOptions_SetToken(options, token)) }
        if let user = settings.user { take(natsOptions_SetUserInfo(options, user, settings.password ?? "")) }
        if settings.asksForTLS { take(natsOptions_SetSecure(options, true)) }
        if let file = settings.authoritiesFile { take(natsOptions_LoadCATrustedCertificates(options, file)) }
        if let file = settings.certificateFile {
            take(natsOptions_LoadCertificatesChain(options, file, settings.keyFile ?? file))
        }
        take(natsOptions_SetTimeout(options, milliseconds(settings.connectMicroseconds)))
        take(natsOptions_SetAllowReconnect(options, settings.reconnects))
        take(natsOptions_SetMaxReconnect(options, -1))
        take(natsOptions_SetReconnectWait(options, milliseconds(settings.reconnectMicroseconds)))
        let jitter = milliseconds(settings.reconnectMicroseconds)
        take(natsOptions_SetReconnectJitter(options, jitter, jitter))
        take(natsOptions_SetPingInterval(options, milliseconds(settings.pingMicroseconds)))
        take(natsOptions_SetMaxPingsOut(options, 2))
        take(natsOptions_SetWriteDeadline(options, milliseconds(settings.writeMicroseconds)))
        take(natsOptions_SetIOBufSize(options, 256 << 10))
        // Nothing is kept for a connection to come: what is sent late would overtake what is sent again.
        take(natsOptions_SetReconnectBufSize(options, 1))
        take(natsOptions_UseGlobalMessageDelivery(options, true))
        return status
    }

    /// Threads that hand out messages, for all connections of the process.
    private static let deliveryThreads: Void = {
        nats_Open(-1)
        nats_SetMessageDeliveryPoolSize(2)
    }()

    private static func milliseconds(_ microseconds: Int64) -> Int64 { max(1, microseconds / 1_000) }

    static func server(of handle: OpaquePointer?) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        guard natsConnection_GetConnectedUrl(handle, &buffer, buffer.count) == NATS_OK else { return nil }
        let text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return text.isEmpty ? nil : withoutPassword(text)
    }
}
#endif
