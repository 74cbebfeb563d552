#if Server
import Foretail

/// Standard output of the commands that print one answer.
enum Output {
    /// Writes a text; whoever has closed the pipe has seen enough.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes bytes.
    static func write(_ bytes: [UInt8]) {
        var output = DescriptorDestination()
        try? output.deliver(bytes, to: DestinationID(0))
    }
}
#endif
