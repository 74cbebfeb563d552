package import FieldExtraction

/// A row of slots, one per path of a plan, reused from event to event. A plan that grows needs a new row.
@safe package final class FieldRow {
    /// The slots.
    package let slots: UnsafeMutablePointer<FieldSlot>
    /// How many there are.
    package let count: Int

    /// Makes a row of missing fields.
    package init(count: Int) {
        self.count = count
        unsafe slots = .allocate(capacity: max(count, 1))
        unsafe slots.initialize(repeating: .missing, count: max(count, 1))
    }

    /// Makes a longer row that begins with the slots of another.
    package convenience init(count: Int, keeping old: FieldRow) {
        precondition(count >= old.count, "a plan only grows")
        self.init(count: count)
        unsafe slots.update(from: old.slots, count: old.count)
    }

    deinit { unsafe slots.deallocate() }

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
