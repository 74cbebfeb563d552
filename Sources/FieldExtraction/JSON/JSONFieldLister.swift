/// The list of an event's leaf fields, for the first events of a stream, whose fields nobody has named yet.
///
///     JSONFieldLister.leaves(of: bytes)       // [(level, "error"), (user.id, 7), (tags, […])]
///
/// Objects are entered, arrays are leaves, so is an empty object. Of equal keys the last counts. Simple rather than fast: a
/// path and its strings are allocated for each field.
public enum JSONFieldLister {
    /// The leaves of one event in the order of their keys' first appearance; none if it is not a valid JSON object.
    ///
    /// Slots point into `bytes`. The number is bounded by ``ScanLimits/fields``, since a longer event is not valid.
    public static func leaves(
        of bytes: UnsafeBufferPointer<UInt8>, limits: ScanLimits = ScanLimits()
    ) -> [(path: FieldPath, slot: FieldSlot)] {
        var limits = limits
        limits.depth = min(limits.depth, JSONValue.maximumDepth)
        var scanner = JSONScanner(plan: FieldPlan([FieldPath([])]), limits: limits)
        var body = FieldSlot.missing
        guard unsafe scanner.scan(bytes, into: &body).isValid, body.kind == .object else { return [] }
        var leaves: [(path: FieldPath, slot: FieldSlot)] = []
        collect(body, under: [], into: &leaves)
        return leaves
    }

    private static func collect(
        _ object: FieldSlot, under keys: [String], into leaves: inout [(path: FieldPath, slot: FieldSlot)]
    ) {
        var reader = unsafe JSONReader(object.text)
        reader.enter()
        var members: [(key: String, slot: FieldSlot)] = []
        var numbers: [[UInt8]: Int] = [:]
        while reader.hasNext() {
            let key = JSONString.string(reader.key())
            let slot = reader.value()
            // By bytes: equal strings of Swift may be different keys.
            if let number = numbers[Array(key.utf8)] {
                members[number].slot = slot
            } else {
                numbers[Array(key.utf8)] = members.count
                members.append((key, slot))
            }
        }
        if members.isEmpty, !keys.isEmpty { leaves.append((FieldPath(keys), object)) }
        for member in members {
            if member.slot.kind == .object {
                collect(member.slot, under: keys + [member.key], into: &leaves)
            } else {
                leaves.append((FieldPath(keys + [member.key]), member.slot))
            }
        }
    }
}
