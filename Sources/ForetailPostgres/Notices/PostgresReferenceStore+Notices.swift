#if Postgres
public import Foretail

extension PostgresReferenceStore {
    /// Follows `LISTEN` on a connection of its own, until the task is cancelled.
    ///
    /// ``ReferenceNotice/everything`` comes first, and after every time that the connection was made anew. Where notices cannot be
    /// had at the moment, ``PostgresStatus/noticeFailure`` says why; it is tried again at distances up to two seconds.
    public func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async {
        let mailbox = NoticeMailbox()
        let thread = NoticeThread(settings, text, board, mailbox)
        await withTaskCancellationHandler {
            Task(executorPreference: ThreadExecutor()) { thread.run() }
            for await _ in mailbox.arrivals {
                for notice in mailbox.take() { receive(notice) }
            }
        } onCancel: {
            thread.end()
        }
    }
}
#endif
