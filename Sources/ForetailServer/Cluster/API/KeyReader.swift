#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster

/// Reads the key of events as the core does: the field's text, or the fields' texts with commas between.
struct KeyReader {
    private var scanner: JSONScanner
    private var row: [FieldSlot]
    private let places: [Int]
    private var key: [UInt8] = []

    init(fields: [String], limits: ScanLimits) {
        let paths = fields.map { FieldPath($0) }
        let plan = FieldPlan(paths)
        scanner = JSONScanner(plan: plan, limits: limits)
        row = [FieldSlot](repeating: .missing, count: max(1, paths.count))
        places = paths.map { plan.slot(of: $0) ?? 0 }
    }

    /// The partition of an event that was checked.
    mutating func partition(of body: UnsafeBufferPointer<UInt8>, among partitions: UInt32) -> UInt32 {
        guard partitions > 1 else { return 0 }
        key.removeAll(keepingCapacity: true)
        row.withUnsafeMutableBufferPointer { row in
            _ = scanner.scan(body, into: row.baseAddress!)
            for (number, place) in places.enumerated() {
                if number > 0 { key.append(UInt8(ascii: ",")) }
                let field = row[place]
                switch field.kind {
                case .missing, .null: break
                case .string: JSONString.decode(field, into: &key)
                case .boolean: key.append(contentsOf: field.bits == 1 ? Array("true".utf8) : Array("false".utf8))
                default: key.append(contentsOf: field.text)
                }
            }
        }
        // Beyond this length the core cuts keys, and equal ones must meet.
        let limit = Limits().keyBytes
        if key.count > limit { key.removeLast(key.count - limit) }
        return KeyPartition.number(of: key, among: partitions)
    }
}
#endif
