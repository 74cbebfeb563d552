public import FieldExtraction

/// What is known of the events of a stream: which kinds of value their fields hold, and which fields there are.
///
///     let declared = try EventSchema("host:string,cpu:number,http.status:number?,tags:array")
///     try Filter("event.cpu > '90'", schema: declared)    // throws: event.cpu is a number, …
///
///     var inferred = EventSchema(isClosed: false)
///     inferred.observe(FieldPath("cpu"), .integer)        // at every event, also where it is missing
///
/// An event conforms to a schema if each named field is there (unless it may be absent) with a value of one of its kinds.
/// In a closed schema a field that is not named never occurs; in an open one it may hold anything. An array, and an object
/// below which no field is named, may hold anything within. An object that only the paths below it imply (`http` of
/// `http.status`) is one in every event if some field below it must be there; otherwise it may also be absent or null,
/// and in an open schema anything. Metadata are no part of a schema: their kinds are known.
public struct EventSchema: Hashable, Sendable {
    /// What one field holds.
    public struct Field: Hashable, Sendable {
        /// The kinds its value may be of; none where the field never occurs.
        public var kinds: FieldKinds
        /// Whether events may lack it.
        public var mayBeAbsent: Bool

        /// Creates a field.
        public init(_ kinds: FieldKinds, mayBeAbsent: Bool = false) {
            self.kinds = kinds
            self.mayBeAbsent = mayBeAbsent
        }

        static let anything = Field(.any, mayBeAbsent: true)
        static let nothing = Field([], mayBeAbsent: true)
    }

    struct Node: Hashable, Sendable {
        var field: Field?
        var children: [String: Node] = [:]
    }

    /// Whether fields that are not named never occur.
    public var isClosed: Bool
    /// The number of named fields.
    public private(set) var count = 0
    var root = Node()

    /// The most fields a schema names. Of further ones observed nothing is kept, and the schema becomes open; a text that
    /// names more is refused.
    public static let fieldLimit = 4_096
    /// The most keys in the path of a field; what lies deeper is treated as beyond ``fieldLimit``.
    public static let depthLimit = 64

    /// Creates a schema without fields. A closed one, too, allows anything until a field is named.
    public init(isClosed: Bool) { self.isClosed = isClosed }

    /// What is declared of a field of the body, or nil if it is not named; setting it names the field. Cost: the length of
    /// the path. Paths of metadata, the empty path, and fields beyond ``fieldLimit`` are not kept.
    public subscript(path: FieldPath) -> Field? {
        get {
            guard path.root == .event, !path.keys.isEmpty else { return nil }
            var node = root
            for key in path.keys {
                guard let child = node.children[key] else { return nil }
                node = child
            }
            return node.field
        }
        set {
            guard path.root == .event, !path.keys.isEmpty, let newValue else { return }
            if self[path] == nil {
                guard count < EventSchema.fieldLimit, path.keys.count <= EventSchema.depthLimit else {
                    isClosed = false
                    return
                }
                count += 1
            }
            EventSchema.set(newValue, path.keys[...], &root)
        }
    }

    private static func set(_ field: Field, _ keys: ArraySlice<String>, _ node: inout Node) {
        guard let key = keys.first else {
            node.field = field
            return
        }
        set(field, keys.dropFirst(), &node.children[key, default: Node()])
    }

    /// Adds what one event holds at a path: the kind of its slot. Called for every event and every path of the plan, also
    /// where the slot is missing; a path whose first events were not observed is to be observed as missing once.
    /// Cost: the length of the path.
    public mutating func observe(_ path: FieldPath, _ kind: FieldSlot.Kind) {
        var field = self[path] ?? Field([])
        if kind == .missing { field.mayBeAbsent = true } else { field.kinds.formUnion(FieldKinds(kind)) }
        self[path] = field
    }

    /// What a conforming event may hold at a path of its body, named or not; of metadata a schema says nothing. Cost: the
    /// length of the path, and for an object that is only implied the number of fields below it.
    public func field(at path: FieldPath) -> Field {
        if path.root == .meta { return .anything }
        var current = Field.anything
        var node: Node? = root
        for (place, key) in path.keys.enumerated() {
            guard let parent = node else { return .anything }
            if place > 0, !current.kinds.contains(.object) { return .nothing }
            // A parent that may be something else, or absent, leaves its fields absent too.
            let mayLackParent = place > 0 && (current.mayBeAbsent || current.kinds != .object)
            guard let child = parent.children[key] else {
                if isClosed, !parent.children.isEmpty { return .nothing }
                return .anything
            }
            current = child.field ?? implied(child)
            if mayLackParent { current.mayBeAbsent = true }
            node = child
        }
        return current
    }

    private func implied(_ node: Node) -> Field {
        if EventSchema.requiresObject(node) { return Field(.object) }
        return isClosed ? Field([.object, .null], mayBeAbsent: true) : .anything
    }

    private static func requiresObject(_ node: Node) -> Bool {
        node.children.values.contains { child in
            child.field.map { !$0.mayBeAbsent } ?? requiresObject(child)
        }
    }

    /// The paths of the named fields, sorted by their keys. Cost: linear in the schema, and sorting.
    public var paths: [FieldPath] {
        var result: [FieldPath] = []
        EventSchema.collect(root, [], into: &result)
        return result
    }

    private static func collect(_ node: Node, _ keys: [String], into result: inout [FieldPath]) {
        if node.field != nil { result.append(FieldPath(root: .event, keys)) }
        for key in node.children.keys.sorted() {
            if let child = node.children[key] { collect(child, keys + [key], into: &result) }
        }
    }
}
