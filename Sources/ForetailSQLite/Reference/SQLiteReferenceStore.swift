#if Server
public import Foretail

/// Lookups in a SQLite file that others write: opened for reading alone, with a thread of its own.
///
///     let store = SQLiteReferenceStore(SQLiteReferenceSettings(name: "meters", path: "/data/meters.sqlite"))
///     let query = ReferenceQuery("SELECT tariff, price FROM meters WHERE id = ?1")
///     try await store.check(query)
///     let rows = try await store.fetch(query, keys: ["42", "43"], timeoutMicroseconds: 250_000)
///
/// The key is bound as text: compared with a column that was declared as a number it is one, as SQLite's rules say; with one
/// that was declared without a type it is not. All keys of a fetch are read in one transaction. Integers and reals
/// are JSON numbers, text is a string, blobs are strings in Base64.
///
/// A file that is replaced is opened anew; one that is gone fails until it is back.
public final class SQLiteReferenceStore: ReferenceStore {
    /// The settings.
    public let settings: SQLiteReferenceSettings
    private let reader: SQLiteReferenceReader
    private let thread = ThreadExecutor()

    /// Creates a store; opens nothing yet.
    public init(_ settings: SQLiteReferenceSettings) {
        self.settings = settings
        reader = SQLiteReferenceReader(settings)
    }

    /// Checks a query: one statement that only reads, with one parameter and columns with names of their own.
    public func check(_ query: ReferenceQuery) async throws(ReferenceFailure) {
        let reader = reader
        try await onThread { () throws(ReferenceFailure) in try reader.check(query) }
    }

    /// Reads the rows of many keys, all as they were at one moment. Keys that were not reached in time fail.
    public func fetch(
        _ query: ReferenceQuery, keys: [String], timeoutMicroseconds microseconds: Int64
    ) async throws(ReferenceFailure) -> [Result<ReferenceRows, ReferenceFailure>] {
        let reader = reader
        let deadline = SQLiteDeadline.after(microseconds)
        return try await onThread { () throws(ReferenceFailure) in
            try reader.rows(query, keys, deadline: deadline)
        }
    }

    /// Looks at the file's version every ``SQLiteReferenceSettings/watchMicroseconds`` until the task is cancelled.
    ///
    /// SQLite does not say what has changed, so every notice is ``ReferenceNotice/everything``. The first comes at once; a commit
    /// is told of within the interval.
    public func follow(_ receive: @Sendable (ReferenceNotice) -> Void) async {
        let watcher = SQLiteReferenceWatcher(settings)
        let thread = ThreadExecutor()
        receive(.everything)
        _ = await Task(executorPreference: thread) { watcher.look() }.value
        // A commit between the notice and the first look.
        receive(.everything)
        while !Task.isCancelled {
            try? await Task.sleep(for: .microseconds(settings.watchMicroseconds))
            guard !Task.isCancelled else { return }
            if await Task(executorPreference: thread, operation: { watcher.look() }).value { receive(.everything) }
        }
    }

    /// Closes the file.
    public func close() async {
        let reader = reader
        await Task(executorPreference: thread) { reader.close() }.value
    }

    /// Does something on the store's thread.
    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws(ReferenceFailure) -> Value
    ) async throws(ReferenceFailure) -> Value {
        let result = await Task(executorPreference: thread) { () -> Result<Value, ReferenceFailure> in
            do throws(ReferenceFailure) { return .success(try body()) } catch { return .failure(error) }
        }.value
        return try result.get()
    }
}
#endif
