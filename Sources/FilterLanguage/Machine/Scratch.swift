internal import FieldExtraction

/// The reusable memory of an evaluation: stacks for values, truths and iterations, and the variables of macros.
@safe final class Scratch {
    private(set) var capacity: Int
    private(set) var values: UnsafeMutablePointer<Value>
    private(set) var truths: UnsafeMutablePointer<UInt32>
    var locals: [Value] = []
    var iterations: [Iteration] = []
    var variables: [Value?] = []
    /// The characters of the string that was decoded last.
    private(set) var text: UnsafeMutablePointer<UInt8>
    private var textCapacity = 256
    private var decoded: [UInt8] = []
    var steps = 0
    /// The zones that events have named.
    var zones = ZoneMemory()

    init(capacity: Int) {
        self.capacity = capacity
        unsafe values = .allocate(capacity: capacity)
        unsafe truths = .allocate(capacity: capacity)
        unsafe text = .allocate(capacity: textCapacity)
    }

    /// Decodes a string that is written with escapes, and returns the number of bytes in ``text``.
    func decode(_ slot: FieldSlot) -> Int {
        decoded.removeAll(keepingCapacity: true)
        JSONString.decode(slot, into: &decoded)
        if decoded.count > textCapacity {
            unsafe text.deallocate()
            textCapacity = decoded.count * 2
            unsafe text = .allocate(capacity: textCapacity)
        }
        unsafe text.update(from: decoded, count: decoded.count)
        return decoded.count
    }

    /// Makes room for a larger program. The stacks are empty between evaluations, so nothing is moved.
    func grow(to capacity: Int) {
        unsafe values.deallocate()
        unsafe truths.deallocate()
        self.capacity = capacity
        unsafe values = .allocate(capacity: capacity)
        unsafe truths = .allocate(capacity: capacity)
    }

    deinit {
        unsafe text.deallocate()
        unsafe values.deallocate()
        unsafe truths.deallocate()
    }
}
