/// The intervals of one place by one of their ends, as a binary heap with the least key first.
///
/// All k entries up to a bound are found by looking at 2k + 1, without sorting; adding and removing cost O(log n).
@safe struct IntervalHeap {
    /// An interval under its key: the lower end, or the complement of the upper one.
    struct Element {
        var key: UInt64
        var record: UInt32
    }

    private static let stride = MemoryLayout<Element>.stride
    private var block = SlabMemory.none
    private(set) var count: UInt32 = 0
    private var capacity: UInt32 = 0

    @inline(__always)
    private func elements(_ slab: SlabMemory) -> UnsafeMutablePointer<Element> {
        unsafe slab[block].assumingMemoryBound(to: Element.self)
    }

    /// Appends the postings of all entries whose key is at most `bound`.
    @inline(__always)
    func collect(
        _ bound: UInt64, _ slab: SlabMemory, _ records: Pile<IntervalForest.Record>, _ stack: inout Pile<UInt32>,
        into hits: inout Pile<Posting>
    ) {
        guard count > 0 else { return }
        let elements = unsafe elements(slab)
        guard unsafe elements[0].key <= bound else { return }
        stack.removeAll()
        var place: UInt32 = 0
        while true {
            hits.append(unsafe records.base[Int(elements[Int(place)].record)].posting)
            let left = 2 &* place &+ 1
            let right = left &+ 1
            let goesLeft = unsafe left < count && elements[Int(left)].key <= bound
            let goesRight = unsafe right < count && elements[Int(right)].key <= bound
            if goesLeft {
                if goesRight { stack.append(right) }
                place = left
            } else if goesRight {
                place = right
            } else if stack.count > 0 {
                place = stack.removeLast()
            } else {
                return
            }
        }
    }

    func element(_ place: Int, _ slab: SlabMemory) -> Element { unsafe elements(slab)[place] }

    mutating func insert(
        _ key: UInt64, _ record: UInt32, isLow: Bool, _ records: Pile<IntervalForest.Record>,
        _ slab: inout SlabMemory
    ) {
        if count == capacity { resize(to: max(1, capacity * 2), &slab) }
        count += 1
        rise(Element(key: key, record: record), from: Int(count) - 1, isLow, records, slab)
    }

    mutating func remove(
        _ place: Int, isLow: Bool, _ records: Pile<IntervalForest.Record>, _ slab: inout SlabMemory
    ) {
        count -= 1
        let elements = unsafe elements(slab)
        if place < Int(count) {
            let last = unsafe elements[Int(count)]
            if unsafe last.key < elements[place].key {
                rise(last, from: place, isLow, records, slab)
            } else {
                sink(last, from: place, isLow, records, slab)
            }
        }
        if count * 4 <= capacity { resize(to: count * 2, &slab) }
    }

    private mutating func resize(to larger: UInt32, _ slab: inout SlabMemory) {
        if larger == capacity { return }
        let moved = larger > 0 ? slab.allocate(Int(larger) * IntervalHeap.stride) : SlabMemory.none
        if capacity > 0 {
            if larger > 0 {
                unsafe slab[moved].copyMemory(from: slab[block], byteCount: Int(count) * IntervalHeap.stride)
            }
            slab.free(block, Int(capacity) * IntervalHeap.stride)
        }
        block = moved
        capacity = larger
    }

    private func put(
        _ element: Element, _ place: Int, _ isLow: Bool, _ records: Pile<IntervalForest.Record>, _ slab: SlabMemory
    ) {
        unsafe elements(slab)[place] = element
        if isLow {
            unsafe records.base[Int(element.record)].lowPlace = UInt32(place)
        } else {
            unsafe records.base[Int(element.record)].highPlace = UInt32(place)
        }
    }

    private func rise(
        _ element: Element, from start: Int, _ isLow: Bool, _ records: Pile<IntervalForest.Record>, _ slab: SlabMemory
    ) {
        var place = start
        while place > 0 {
            let parent = unsafe elements(slab)[(place - 1) / 2]
            if parent.key <= element.key { break }
            put(parent, place, isLow, records, slab)
            place = (place - 1) / 2
        }
        put(element, place, isLow, records, slab)
    }

    private func sink(
        _ element: Element, from start: Int, _ isLow: Bool, _ records: Pile<IntervalForest.Record>, _ slab: SlabMemory
    ) {
        let elements = unsafe elements(slab)
        var place = start
        while true {
            var child = 2 * place + 1
            if child >= Int(count) { break }
            if child + 1 < Int(count), unsafe elements[child + 1].key < elements[child].key { child += 1 }
            if unsafe elements[child].key >= element.key { break }
            put(unsafe elements[child], place, isLow, records, slab)
            place = child
        }
        put(element, place, isLow, records, slab)
    }
}
