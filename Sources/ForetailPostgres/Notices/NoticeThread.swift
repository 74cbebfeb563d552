#if Postgres
import CPostgres
import Foretail
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A connection that listens for change notices, with signs of life and connecting again, until it is told to end.
final class NoticeThread: Sendable {
    let settings: PostgresSettings
    let text: ConnectionText
    let board: StatusBoard
    let mailbox: NoticeMailbox
    private let wake = WakePipe()
    private let isEnding = Mutex(false)

    init(_ settings: PostgresSettings, _ text: ConnectionText, _ board: StatusBoard, _ mailbox: NoticeMailbox) {
        self.settings = settings
        self.text = text
        self.board = board
        self.mailbox = mailbox
    }

    /// Ends ``run()`` as soon as it notices.
    func end() {
        isEnding.withLock { $0 = true }
        wake.wake()
    }

    private var mustEnd: Bool { isEnding.withLock { $0 } }

    /// Listens; takes the whole thread.
    func run() {
        var delay: Int64 = 0
        while !mustEnd {
            do throws(ReferenceFailure) {
                let link = try PostgresLink.open(text, connectSeconds: settings.connectSeconds, isReadOnly: true)
                try link.run(
                    "LISTEN \(PostgresName.quoted(settings.channel))",
                    deadline: Monotonic.deadline(after: settings.keepAliveMicroseconds))
                delay = 0
                board.set(isListening: true, failure: nil)
                // What changed before is not told any more.
                mailbox.put([.everything])
                try listen(link)
            } catch {
                board.set(isListening: false, failure: error)
                delay = min(Reconnecting.longest, max(Reconnecting.shortest, delay * 2))
                pause(until: Monotonic.deadline(after: delay))
            }
        }
        board.set(isListening: false, failure: nil)
        mailbox.finish()
    }

    /// Hands notices on; throws when the connection is lost or gives no sign of life, returns when it is time to end.
    private func listen(_ link: PostgresLink) throws(ReferenceFailure) {
        var isAsked = false
        var deadline = Monotonic.deadline(after: settings.keepAliveMicroseconds)
        while !mustEnd {
            if Monotonic.now() >= deadline {
                guard !isAsked else {
                    throw text.failure(
                        .timeout, "the connection of change notices gave no sign of life, so it was cut")
                }
                guard PQsendQuery(link.connection, "") == 1, PQflush(link.connection) >= 0 else { throw link.lost() }
                isAsked = true
                deadline = Monotonic.deadline(after: settings.keepAliveMicroseconds)
            }
            guard pause(until: deadline, link.socket) else { continue }
            guard PQconsumeInput(link.connection) == 1 else { throw link.lost() }
            deliver(link)
            while PQisBusy(link.connection) == 0, let result = PQgetResult(link.connection) { PQclear(result) }
            guard PQstatus(link.connection) == CONNECTION_OK else { throw link.lost() }
            deliver(link)
            // Whatever came is a sign of life; the answer to the last question may still be under way, or may not.
            isAsked = PQisBusy(link.connection) == 1
            deadline = Monotonic.deadline(after: settings.keepAliveMicroseconds)
        }
    }

    private func deliver(_ link: PostgresLink) {
        var notices: [ReferenceNotice] = []
        while let notice = PQnotifies(link.connection) {
            notices.append(NoticePayload.notice(notice.pointee.extra))
            PQfreemem(notice)
        }
        mailbox.put(notices)
    }

    /// Waits until then, or until told to end; whether the socket has something.
    @discardableResult
    private func pause(until deadline: Int64, _ socket: Int32? = nil) -> Bool {
        var descriptors = [pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)]
        if let socket { descriptors.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        guard poll(&descriptors, nfds_t(descriptors.count), Monotonic.pollMilliseconds(until: deadline)) > 0 else {
            return false
        }
        return descriptors.count > 1 && descriptors[1].revents != 0
    }
}
#endif
