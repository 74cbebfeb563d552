/// The producer's own lines, unchanged, and nothing else.
public struct RawRenderer: RecordRenderer {
    /// Creates a renderer.
    public init() {}

    /// Appends the line of a forwarded event.
    public mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        guard case .forward(let forward) = action else { return }
        let range = actions.events[forward.event].raw
        unsafe actions.bytes.withUnsafeBufferPointer { bytes in
            unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[range]))
        }
        output.append(UInt8(ascii: "\n"))
    }
}
