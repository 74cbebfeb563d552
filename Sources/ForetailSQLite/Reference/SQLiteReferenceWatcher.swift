#if Server
import Foretail

/// Looks whether a file has changed. Touched only by jobs of its thread, one after the other.
final class SQLiteReferenceWatcher: @unchecked Sendable {
    private let settings: SQLiteReferenceSettings
    private var file: SQLiteReferenceFile?
    private var version: Int64?

    init(_ settings: SQLiteReferenceSettings) { self.settings = settings }

    /// Whether anything may have changed since the last look: others committed, or it is another file. The first look says so too.
    func look() -> Bool {
        do throws(ReferenceFailure) {
            var isChanged = false
            let deadline = SQLiteDeadline.after(settings.watchMicroseconds)
            if file?.isCurrent(settings.path) != true {
                file = nil
                isChanged = version != nil
                version = nil
                file = try SQLiteReferenceFile(
                    path: settings.path, place: "store '\(settings.name)'", deadline: deadline)
            }
            file?.setDeadline(deadline)
            let now = try file?.dataVersion()
            defer { version = now }
            return isChanged || version != now
        } catch {
            // Whatever it is, fetches will say so. What was read before may not be so any more.
            let wasKnown = version != nil
            if error.kind != .timeout {
                file = nil
                version = nil
            }
            return wasKnown
        }
    }
}
#endif
