package import FieldExtraction

/// A row of slots, one per path of a plan, reused from event to event.
@safe package final class FieldRow {
    package private(set) var slots: UnsafeMutablePointer<FieldSlot>
    package private(set) var count = 0
    private var capacity = 16

    package init() {
        unsafe slots = .allocate(capacity: 16)
        unsafe slots.initialize(repeating: .missing, count: 16)
    }

    deinit { unsafe slots.deallocate() }

    /// Gives the row one slot per path.
    package func resize(_ newCount: Int) {
        if newCount > capacity {
            unsafe slots.deallocate()
            capacity = newCount * 2
            unsafe slots = .allocate(capacity: capacity)
            unsafe slots.initialize(repeating: .missing, count: capacity)
        }
        count = newCount
    }

    /// One slot.
    package subscript(index: Int) -> FieldSlot {
        get {
            precondition(index >= 0 && index < count, "a slot number of another plan")
            return unsafe slots[index]
        }
        set {
            precondition(index >= 0 && index < count, "a slot number of another plan")
            unsafe slots[index] = newValue
        }
    }

    /// Empties all slots.
    package func clear() {
        for index in 0..<count { unsafe slots[index] = .missing }
    }
}
