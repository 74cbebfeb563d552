import FieldExtraction

@testable import Foretail

extension PredictiveBufferManager {
    /// Processes a batch and returns the records it leads to, one string each.
    mutating func records(_ batch: EventBatch, now: Timestamp = Timestamp(microseconds: 0)) -> [String] {
        var actions = Actions()
        process(.events(batch), now: now, into: &actions)
        return lines(of: actions, stream: batch.stream)
    }

    /// Renders actions of one stream.
    func lines(of actions: Actions, stream: String) -> [String] {
        guard let names = names(stream: stream) else { return [] }
        var renderer = NDJSONRenderer()
        var output: [UInt8] = []
        for action in actions.items { renderer.render(action, of: actions, names: names, into: &output) }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

extension EventBatch {
    /// A batch of JSON texts at the positions 0:1-`first`, ….
    init(_ stream: String, _ texts: [String], first: UInt64 = 1) {
        self.init(stream: stream)
        for (index, text) in texts.enumerated() { append(text, at: Position(sequence: first + UInt64(index))) }
    }
}
