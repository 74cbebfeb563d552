/// A plan's event paths as a tree of objects, laid out for the scanner: one node per place, one small table of keys per object.
///
/// A key is looked up by its first and last eight bytes and its length, which decide equality up to 16 bytes; longer keys are
/// compared in full. Immutable once made, therefore safe to share. A look-up costs 1–2 ns.
@safe final class PlanTrie: @unchecked Sendable {
    /// One place in the event: the body itself, or what stands under a key.
    struct Node {
        /// The row's slot that takes the value, or -1.
        var slot: Int32 = -1
        /// The keys' table: its first entry; unused if `mask` is negative.
        var table: Int32 = 0
        /// The table's size, a power of two, less one; -1 where nothing below is planned.
        var mask: Int32 = -1
        /// The slots of everything below: first index in `below` and their number.
        var firstBelow: Int32 = 0
        var countBelow: Int32 = 0
    }

    /// One key of an object.
    @safe struct Entry {
        var first: UInt64 = 0
        var last: UInt64 = 0
        /// The key's bytes in `text`; -1 marks a free entry.
        var length: Int32 = -1
        var node: Int32 = -1
        var text: Int = 0
    }

    /// The node of the body.
    static let root: Int32 = 0

    let nodes: UnsafeMutableBufferPointer<Node>
    let entries: UnsafeMutableBufferPointer<Entry>
    let below: UnsafeMutableBufferPointer<Int32>
    let text: UnsafeMutableBufferPointer<UInt8>

    init(_ plan: FieldPlan) {
        var draft = Draft()
        for (slot, path) in plan.paths.enumerated() where path.root == .event {
            draft.add(path.keys, slot: Int32(slot))
        }
        draft.layOut()
        unsafe nodes = Self.copy(draft.nodes)
        unsafe entries = Self.copy(draft.entries)
        unsafe below = Self.copy(draft.below)
        unsafe text = Self.copy(draft.text)
    }

    deinit {
        unsafe nodes.deallocate()
        unsafe entries.deallocate()
        unsafe below.deallocate()
        unsafe text.deallocate()
    }

    private static func copy<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, values.count))
        _ = unsafe buffer.initialize(from: values)
        return unsafe buffer
    }

    /// The place of a key in a table, before the mask.
    @inline(__always)
    static func hash(_ first: UInt64, _ last: UInt64, _ length: Int) -> Int {
        let mixed = (first ^ (last &<< 1) &+ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 40)
    }
}

extension PlanTrie {
    /// The node of the key at `start` under `owner`, or -1 if nothing there is planned.
    @inline(__always)
    func child(of owner: Node, _ view: ByteView, _ start: Int, _ end: JSONText.StringEnd) -> Int32 {
        guard owner.mask >= 0 else { return -1 }
        guard !end.isEscaped else { return escapedChild(of: owner, view, start, end.offset) }
        return child(of: owner, view, start, length: end.offset &- start)
    }

    @inline(__always)
    private func child(of owner: Node, _ view: ByteView, _ start: Int, length: Int) -> Int32 {
        var first = view.word(at: start)
        var last: UInt64 = 0
        if length < 8 {
            first &= (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1
        } else if length > 8 {
            last = view.word(at: start &+ length &- 8)
        }
        let table = unsafe entries.baseAddress! + Int(owner.table)
        var place = Self.hash(first, last, length) & Int(owner.mask)
        while unsafe table[place].length >= 0 {
            let entry = unsafe table[place]
            if entry.first == first, entry.last == last, Int(entry.length) == length,
                length <= 16 || isSameMiddle(entry, view, start, length)
            {
                return entry.node
            }
            place = (place &+ 1) & Int(owner.mask)
        }
        return -1
    }

    /// Whether a key of more than 16 bytes is the entry's also between its first and last eight bytes.
    @inline(never)
    private func isSameMiddle(_ entry: Entry, _ view: ByteView, _ start: Int, _ length: Int) -> Bool {
        let key = unsafe ByteView(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(text)[entry.text...]))
        return stride(from: 8, to: length - 8, by: 8).allSatisfy {
            // Both words lie within their keys: what follows is the last eight bytes.
            key.word(at: $0) == view.word(at: start + $0)
        }
    }

    @inline(never)
    private func escapedChild(of owner: Node, _ view: ByteView, _ start: Int, _ end: Int) -> Int32 {
        var key: [UInt8] = []
        unsafe JSONString.decodeEscapes(unsafe view.bytes(start, end), into: &key)
        return unsafe key.withUnsafeBufferPointer { bytes in
            child(of: owner, unsafe ByteView(bytes), 0, length: bytes.count)
        }
    }
}

extension PlanTrie {
    /// The tree while it grows, in plain arrays.
    private struct Draft {
        var nodes = [Node()]
        var children: [[(key: [UInt8], node: Int32)]] = [[]]
        var entries: [Entry] = []
        var below: [Int32] = []
        var text: [UInt8] = []

        mutating func add(_ keys: [String], slot: Int32) {
            var place = 0
            for key in keys {
                let bytes = Array(key.utf8)
                if let child = children[place].first(where: { $0.key == bytes }) {
                    place = Int(child.node)
                } else {
                    let child = nodes.count
                    nodes.append(Node())
                    children.append([])
                    children[place].append((bytes, Int32(child)))
                    place = child
                }
            }
            nodes[place].slot = slot
        }

        mutating func layOut() {
            for place in nodes.indices {
                let first = below.count
                collect(below: place)
                nodes[place].firstBelow = Int32(first)
                nodes[place].countBelow = Int32(below.count - first)
                guard !children[place].isEmpty else { continue }
                var size = 4
                while size < children[place].count * 4 { size *= 2 }
                nodes[place].table = Int32(entries.count)
                nodes[place].mask = Int32(size - 1)
                entries += Array(repeating: Entry(), count: size)
                for child in children[place] { insert(child.key, node: child.node, into: nodes[place]) }
            }
        }

        private mutating func collect(below place: Int) {
            for child in children[place] {
                if nodes[Int(child.node)].slot >= 0 { below.append(nodes[Int(child.node)].slot) }
                collect(below: Int(child.node))
            }
        }

        private mutating func insert(_ key: [UInt8], node: Int32, into owner: Node) {
            var entry = Entry(length: Int32(key.count), node: node, text: text.count)
            for (place, byte) in key.prefix(8).enumerated() { entry.first |= UInt64(byte) << UInt64(8 * place) }
            if key.count > 8 {
                for (place, byte) in key.suffix(8).enumerated() { entry.last |= UInt64(byte) << UInt64(8 * place) }
            }
            text += key
            var place = PlanTrie.hash(entry.first, entry.last, key.count) & Int(owner.mask)
            while entries[Int(owner.table) + place].length >= 0 { place = (place + 1) & Int(owner.mask) }
            entries[Int(owner.table) + place] = entry
        }
    }
}
