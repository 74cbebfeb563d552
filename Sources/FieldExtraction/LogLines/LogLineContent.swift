/// What a plain line says behind the fields it begins with, for whoever shows both.
package struct LogLineContent {
    /// Where the message stands in the line.
    package let range: Range<Int>
    /// Whether the fields say all of it, as those of an access log do.
    package let isSaidByFields: Bool

    /// Looks at a line.
    package init(_ line: UnsafeBufferPointer<UInt8>) {
        let view = unsafe ByteView(line)
        var recogniser = LogLineRecogniser()
        recogniser.read(view)
        let start = min(max(recogniser.contentStart, 0), view.count)
        range = start..<min(max(recogniser.contentEnd, start), view.count)
        isSaidByFields = recogniser.saysAll
    }
}
