import FieldExtraction
import FilterLanguage

/// A row of slots for tests: a JSON event scanned under a filter's plan, with metadata beside it.
final class Row {
    let filter: Filter
    let plan: FieldPlan
    let slots: UnsafeMutablePointer<FieldSlot>
    private var texts: [UnsafeMutableBufferPointer<UInt8>] = []

    init(_ filter: Filter, event: String, stream: String = "metrics", key: String = "web-1", time: Int64 = 0) throws {
        self.filter = filter
        plan = FieldPlan(filter.fields)
        slots = .allocate(capacity: max(1, plan.count))
        slots.initialize(repeating: .missing, count: max(1, plan.count))
        let json = copy(event)
        let value = try JSONValue(parsing: Array(event.utf8))
        for (number, path) in plan.paths.enumerated() {
            slots[number] =
                switch (path.root, path.keys.first) {
                case (.meta, "stream"): text(stream)
                case (.meta, "key"): text(key)
                case (.meta, "time"): FieldSlot(kind: .timestamp, bits: UInt64(bitPattern: time))
                case (.meta, _): text("0:1-42")
                case (.event, nil): FieldSlot(kind: .object, start: UnsafePointer(json.baseAddress), length: json.count)
                default: slot(path.keys.reduce(value as JSONValue?) { $0?[$1] })
                }
        }
    }

    private func copy(_ text: String) -> UnsafeMutableBufferPointer<UInt8> {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count + 1)
        _ = buffer.initialize(from: text.utf8)
        texts.append(buffer)
        return UnsafeMutableBufferPointer(rebasing: buffer[..<text.utf8.count])
    }

    private func text(_ text: String, kind: FieldSlot.Kind = .string) -> FieldSlot {
        let buffer = copy(text)
        return FieldSlot(kind: kind, start: UnsafePointer(buffer.baseAddress), length: buffer.count)
    }

    private func slot(_ value: JSONValue?) -> FieldSlot {
        switch value {
        case nil: return .missing
        case .null: return FieldSlot(kind: .null)
        case .bool(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .double(let value): return .double(value)
        case .string(let value):
            guard value.contains("\"") || value.contains("\\") || value.contains("\n") else { return text(value) }
            var bytes: [UInt8] = []
            JSONString.append(value, to: &bytes)
            var slot = text(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self))
            slot.encoding = .jsonEscaped
            return slot
        case .array, .object:
            var bytes: [UInt8] = []
            value?.append(to: &bytes)
            return text(String(decoding: bytes, as: UTF8.self), kind: bytes[0] == 0x5B ? .array : .object)
        }
    }

    func evaluate() -> FilterOutcome {
        var evaluator = FilterEvaluator()
        return evaluate(with: &evaluator)
    }

    func evaluate(with evaluator: inout FilterEvaluator) -> FilterOutcome {
        evaluator.evaluate(filter.bound(to: plan), row: slots)
    }

    deinit {
        slots.deallocate()
        for text in texts { text.deallocate() }
    }
}
