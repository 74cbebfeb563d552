import FilterLanguage
import Foretail

/// What is to be counted, and how; the filter says which events.
struct Counting {
    var settings: CountSettings
    var filter: FilterText?
}

/// What a tail reads: the events of a source, or the counts of them.
///
/// One of the two is there; see ``TailSource`` for why they are no cases.
struct TailInput<Source: EventSource>: EventSource {
    private var plain: Source?
    /// The counts.
    private(set) var counted: CountingSource<Source, SystemClock>?
    private let progress: SourceProgress?
    private var hasToldLate = false

    /// Reads a source as it is, or counts its events.
    ///
    /// - Parameter progress: Gets a notice when the first event of a live stream came too late to be counted.
    /// - Throws: ``UsageError`` when it cannot be counted so.
    init(
        _ source: Source, of stream: StreamDescriptor, counting: Counting?, limits: Limits, progress: SourceProgress?
    ) throws {
        self.progress = stream.isLive ? progress : nil
        guard let counting else {
            plain = source
            return
        }
        do throws(ForetailError) {
            counted = try CountingSource(
                source, of: stream, filter: counting.filter, settings: counting.settings, limits: limits,
                clock: SystemClock())
        } catch {
            let option = error.code == .badSetting ? "--" : ""
            throw UsageError(command: "tail", message: option + error.message)
        }
    }

    mutating func read(
        into batch: inout EventBatch, waitingAtMost microseconds: Int64?
    ) async throws(ForetailError) -> SourceState {
        if plain != nil { return try await plain!.read(into: &batch, waitingAtMost: microseconds) }
        guard counted != nil else { return .end }
        let state = try await counted!.read(into: &batch, waitingAtMost: microseconds)
        if let progress, !hasToldLate, counted!.status.late > 0 {
            hasToldLate = true
            progress.add(SourceNotice(reason: .late, path: batch.stream))
        }
        return state
    }

    mutating func acknowledge() async throws(ForetailError) {
        try await plain?.acknowledge()
        try await counted?.acknowledge()
    }
}
