/// A walk over a piece of state that either writes it or reads it back.
///
/// A type names its parts once, in one order, in a method `pass(through:)` that serves both directions; what was written
/// cannot be read in another order.
///
/// ```swift
/// mutating func pass(through coder: inout SnapshotCoder) throws(SnapshotError) {
///     try coder.pass(&phase, in: 0...(season - 1))
///     try coder.pass(&level)
/// }
/// ```
///
/// Shape: a state that is read into has been made for its configuration by its usual initialiser, so that all room is
/// there. Whatever is used as a place or a length has a range; what lies outside is refused, even where the checksum is right.
/// Lengths are held against the bytes that are left before anything is allocated. Cost: some 5 ns a number, blocks at the
/// speed of memory.
package struct SnapshotCoder {
    /// Whether state is read; else it is written.
    package let isReading: Bool
    /// What is written, or read from.
    package private(set) var bytes: [UInt8]
    private var place: Int
    private let end: Int
    /// What is being passed, for errors.
    private var part: StaticString = "begin"

    /// The largest count of anything that was ever counted: additions to it cannot overflow.
    package static let counterLimit = 1 << 60

    /// Creates a coder that writes.
    package init() {
        isReading = false
        bytes = []
        place = 0
        end = 0
    }

    /// Creates a coder that reads a part of some bytes.
    package init(reading bytes: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "what is read lies within its bytes")
        isReading = true
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes are left to read.
    package var remaining: Int { end - place }

    /// Marks the beginning of a part: four bytes of its name, which must stand there when it is read.
    package mutating func begin(_ name: StaticString) throws(SnapshotError) {
        part = name
        var tag: UInt32 = 0
        for byte in name.description.utf8.prefix(4) { tag = tag << 8 | UInt32(byte) }
        let expected = tag
        try raw(&tag)
        try check(tag == expected, "another part stands there")
    }

    /// Ends a walk: nothing may be left.
    package mutating func finish() throws(SnapshotError) {
        if isReading { try check(place == end, "\(end - place) bytes are left over") }
    }

    /// Refuses what is read if a condition does not hold.
    package func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(SnapshotError) {
        if condition || !isReading { return }
        throw SnapshotError(
            .invalid, "snapshot, byte \(place), part \(part): \(reason()); take an older one, or start fresh")
    }

    // MARK: Numbers

    /// Passes a number that is used as a count or a place.
    package mutating func pass(
        _ value: inout Int, in range: ClosedRange<Int> = 0...SnapshotCoder.counterLimit
    ) throws(SnapshotError) {
        var wide = Int64(value)
        try pass(&wide, in: Int64(range.lowerBound)...Int64(range.upperBound))
        value = Int(wide)
    }

    /// Passes a whole number within a range.
    package mutating func pass<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number, in range: ClosedRange<Number>
    ) throws(SnapshotError) {
        var read = value.littleEndian
        try raw(&read)
        let number = Number(littleEndian: read)
        try check(range.contains(number), "\(number) is not within \(range)")
        value = number
    }

    /// Passes a number of any value.
    package mutating func pass(_ value: inout UInt64) throws(SnapshotError) { try pass(&value, in: 0...(.max)) }

    /// Passes a truth value.
    package mutating func pass(_ value: inout Bool) throws(SnapshotError) {
        var byte: UInt8 = value ? 1 : 0
        try pass(&byte, in: 0...1)
        value = byte == 1
    }

    /// Passes a finite number, bit by bit.
    package mutating func pass(_ value: inout Float) throws(SnapshotError) {
        try passAny(&value)
        try check(value.isFinite, "a number is not finite")
    }

    /// Passes a finite number, bit by bit.
    package mutating func pass(_ value: inout Double) throws(SnapshotError) {
        try passAny(&value)
        try check(value.isFinite, "a number is not finite")
    }

    /// Passes a number that may be infinite or none at all.
    package mutating func passAny(_ value: inout Float) throws(SnapshotError) {
        var bits = value.bitPattern.littleEndian
        try raw(&bits)
        value = Float(bitPattern: UInt32(littleEndian: bits))
    }

    /// Passes a number that may be infinite or none at all.
    package mutating func passAny(_ value: inout Double) throws(SnapshotError) {
        var bits = value.bitPattern.littleEndian
        try raw(&bits)
        value = Double(bitPattern: UInt64(littleEndian: bits))
    }

    /// Passes the lanes of a vector.
    package mutating func pass<Vector: SIMD>(_ vector: inout Vector) throws(SnapshotError)
    where Vector.Scalar == Float {
        for lane in vector.indices { try pass(&vector[lane]) }
    }

    /// Passes the lanes of a vector.
    package mutating func pass<Vector: SIMD>(_ vector: inout Vector) throws(SnapshotError)
    where Vector.Scalar == Double {
        for lane in vector.indices { try pass(&vector[lane]) }
    }

    /// Passes the lanes of a vector, each within a range.
    package mutating func pass<Vector: SIMD>(
        _ vector: inout Vector, in range: ClosedRange<Vector.Scalar>
    ) throws(SnapshotError) where Vector.Scalar: FixedWidthInteger & BitwiseCopyable {
        for lane in vector.indices { try pass(&vector[lane], in: range) }
    }

    // MARK: Many

    /// Passes whether something is there, and returns it.
    package mutating func flag(_ isThere: Bool) throws(SnapshotError) -> Bool {
        var isThere = isThere
        try pass(&isThere)
        return isThere
    }

    /// Passes how many elements follow, of at least so many bytes each, and returns it.
    package mutating func count(
        _ count: Int, upTo limit: Int = .max, bytesEach: Int
    ) throws(SnapshotError) -> Int {
        var count = count
        try pass(&count)
        let room = remaining / max(bytesEach, 1)
        try check(count <= min(limit, room), "\(count) elements are announced, and \(min(limit, room)) may be there")
        return count
    }

    /// Passes the floats of a view, whose number both sides know.
    mutating func pass(_ cells: Cells) throws(SnapshotError) {
        try unsafe block(UnsafeMutableRawBufferPointer(start: cells.start, count: 4 * cells.count))
    }

    /// Passes the floats of a view, whose number both sides know, each finite.
    mutating func pass(finite cells: Cells) throws(SnapshotError) {
        try pass(cells)
        for index in 0..<cells.count { try check(cells[index].isFinite, "a number is not finite") }
    }

    /// Passes the floats of a view, whose number both sides know, each within a range.
    mutating func pass(_ cells: Cells, in range: ClosedRange<Float>) throws(SnapshotError) {
        try pass(cells)
        for index in 0..<cells.count { try check(range.contains(cells[index]), "a number is not within \(range)") }
    }

    /// Passes numbers of one kind as they lie in memory; the array has its length.
    package mutating func pass<Number: BitwiseCopyable>(fixed numbers: inout [Number]) throws(SnapshotError) {
        var failure: SnapshotError?
        unsafe numbers.withUnsafeMutableBytes { memory in
            do throws(SnapshotError) { try unsafe block(memory) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Passes numbers of one kind and how many there are.
    package mutating func pass<Number: BitwiseCopyable>(
        list numbers: inout [Number], upTo limit: Int = .max, empty: Number
    ) throws(SnapshotError) {
        let count = try count(numbers.count, upTo: limit, bytesEach: MemoryLayout<Number>.stride)
        if isReading { numbers = [Number](repeating: empty, count: count) }
        try pass(fixed: &numbers)
    }

    /// Passes a text.
    package mutating func pass(_ text: inout String) throws(SnapshotError) {
        var utf8 = Array(text.utf8)
        try pass(list: &utf8, empty: 0)
        guard isReading else { return }
        guard let read = String(validating: utf8, as: UTF8.self) else {
            return try check(false, "a text is not UTF-8")
        }
        text = read
    }

    // MARK: Memory

    @inline(__always)
    private mutating func raw<Value: BitwiseCopyable>(_ value: inout Value) throws(SnapshotError) {
        let size = MemoryLayout<Value>.size
        guard isReading else {
            unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
            return
        }
        guard remaining >= size else { throw cut(size) }
        value = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
        place += size
    }

    /// Copies a block. Blocks hold numbers as this machine does; the layout's fingerprint tells others apart.
    private mutating func block(_ memory: UnsafeMutableRawBufferPointer) throws(SnapshotError) {
        guard isReading else { return unsafe bytes.append(contentsOf: memory) }
        guard remaining >= memory.count else { throw cut(memory.count) }
        let range = place..<place + memory.count
        unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        place = range.upperBound
    }

    private func cut(_ size: Int) -> SnapshotError {
        SnapshotError(
            .invalid,
            "snapshot, byte \(place), part \(part): \(size) bytes are wanted and \(remaining) are left; take an older one, "
                + "or start fresh")
    }
}
