public import FieldExtraction
import Synchronization

/// The reins of a running pipeline, held by another task: stop, and changes that take effect between two batches.
public final class PipelineControl: Sendable {
    /// A change to a running pipeline.
    public enum Change: Sendable {
        /// Gives a request another filter.
        case update(TailRequestID, filter: FilterText?)
        /// Removes a request.
        case remove(TailRequestID)
    }

    private struct State {
        var isStopped = false
        var changes: [Change] = []
        var errors: [ForetailError] = []
    }

    private let state = Mutex(State())
    /// How often a silent pipeline looks at the clock, in microseconds; nil: never, the source is a file.
    public let tickMicroseconds: Int64?

    /// Creates the reins.
    public init(tickMicroseconds: Int64? = nil) { self.tickMicroseconds = tickMicroseconds }

    /// Lets the pipeline end after the batch at hand.
    public func stop() { state.withLock { $0.isStopped = true } }

    /// Whether the pipeline is to end.
    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Asks for a change before the next batch.
    public func change(_ change: Change) { state.withLock { $0.changes.append(change) } }

    /// The changes that were refused, and why; forgets them.
    public func takeErrors() -> [ForetailError] {
        state.withLock { state in
            defer { state.errors = [] }
            return state.errors
        }
    }

    func apply(to manager: inout PredictiveBufferManager, actions: inout Actions) {
        let changes = state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
        for change in changes {
            do throws(ForetailError) {
                switch change {
                case .update(let id, let filter): try manager.updateTailRequest(id, filter: filter, into: &actions)
                case .remove(let id): try manager.removeTailRequest(id, into: &actions)
                }
            } catch {
                state.withLock { $0.errors.append(error) }
            }
        }
    }
}

/// Somebody who wants to know how a pipeline gets on.
public protocol PipelineObserver {
    /// Called after every batch, once its records are delivered.
    mutating func completed(
        _ batch: borrowing EventBatch, problems: [BadEvent], manager: borrowing PredictiveBufferManager, now: Timestamp)
}
