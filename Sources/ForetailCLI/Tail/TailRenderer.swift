import Foretail

/// The formats `foretail tail` knows.
enum TailRenderer: RecordRenderer {
    /// One object a line.
    case ndjson(NDJSONRenderer)
    /// The producer's lines.
    case raw(RawRenderer)
    /// Columns for eyes.
    case pretty(PrettyRenderer)

    mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        switch self {
        case .ndjson(var renderer):
            renderer.render(action, of: actions, names: names, into: &output)
        case .raw(var renderer):
            renderer.render(action, of: actions, names: names, into: &output)
        case .pretty(var renderer):
            defer { self = .pretty(renderer) }
            renderer.render(action, of: actions, names: names, into: &output)
        }
    }
}
