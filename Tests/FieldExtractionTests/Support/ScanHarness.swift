import FieldExtraction

/// One event scanned with a plan: the result, and each path's value taken out of the row while the bytes live.
struct ScanHarness {
    var result: ScanResult
    /// By dotted path; nil for missing.
    var values: [String: JSONValue?] = [:]
    /// By dotted path, as found.
    var kinds: [String: FieldSlot.Kind] = [:]

    init(_ bytes: [UInt8], _ paths: [FieldPath], limits: ScanLimits = ScanLimits()) {
        var scanner = JSONScanner(plan: FieldPlan(paths), limits: limits)
        let row = UnsafeMutableBufferPointer<FieldSlot>.allocate(capacity: max(1, paths.count))
        defer { row.deallocate() }
        // What a row held before must not shine through.
        row.initialize(repeating: .integer(4711))
        let buffer = GuardedBytes(bytes)
        defer { withExtendedLifetime(buffer) {} }
        result = scanner.scan(buffer.bytes, into: row.baseAddress!)
        for (number, path) in paths.enumerated() where result.isValid {
            values[path.name] = .some(JSONValue(row[number]))
            kinds[path.name] = row[number].kind
        }
    }

    init(_ text: String, _ paths: String..., limits: ScanLimits = ScanLimits()) {
        self.init(Array(text.utf8), paths.map { FieldPath($0) }, limits: limits)
    }

    /// The value at a path; nil for missing.
    subscript(path: String) -> JSONValue? { values[path] ?? nil }
}
