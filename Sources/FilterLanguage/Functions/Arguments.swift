/// The arguments of a call where they lie on the machine's stack, a receiver first. Valid during the call only.
@safe struct Arguments {
    private let first: UnsafePointer<Value>
    /// The number of arguments.
    let count: Int

    init(first: UnsafePointer<Value>, count: Int) {
        unsafe self.first = first
        self.count = count
    }

    subscript(place: Int) -> Value {
        precondition(place < count, "a function must not read more arguments than its signature takes")
        return unsafe first[place]
    }
}
