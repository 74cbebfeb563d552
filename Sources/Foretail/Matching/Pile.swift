/// A growing run of plain values in memory of one's own: an array without reference counts, bounds checks or copies.
///
/// Whoever holds it frees it once, with ``deallocate()``. Grows by half, so that at most a third lies idle.
@safe struct Pile<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 8) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    func deallocate() { unsafe base.deallocate() }

    /// The bytes allocated.
    var bytes: Int { capacity * MemoryLayout<Element>.stride }

    @inline(__always)
    subscript(index: Int) -> Element {
        get { unsafe base[index] }
        nonmutating set { unsafe base[index] = newValue }
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { reserve(count + 1) }
        unsafe base[count] = element
        count &+= 1
    }

    /// Makes room for `more` elements to be appended with ``appendUnchecked(_:)``.
    @inline(__always)
    mutating func makeRoom(for more: Int) {
        if count &+ more > capacity { reserve(count + more) }
    }

    /// Appends where there is room.
    @inline(__always)
    mutating func appendUnchecked(_ element: Element) {
        unsafe base[count] = element
        count &+= 1
    }

    @discardableResult
    mutating func removeLast() -> Element {
        count -= 1
        return unsafe base[count]
    }

    mutating func removeAll() { count = 0 }

    /// Makes room for `needed` elements.
    @inline(never)
    mutating func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        let larger = max(needed, capacity + capacity / 2 + 4)
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        unsafe moved.initialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = unsafe moved
        capacity = larger
    }
}
