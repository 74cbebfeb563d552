import FieldExtraction

/// What is counted per template, by the template's serial; of templates that left the tree as well.
struct TemplateBook {
    /// The most templates that are counted apart; beyond it the rarest are counted together.
    static let entryLimit = 16_384
    /// The bytes of a line that is kept as an example.
    static let exampleBytes = 512
    /// The parameters of a template that are looked at.
    static let parameterLimit = 32

    /// A template's account.
    struct Entry {
        var serial: UInt64
        var name: [UInt8]
        var text: [UInt8] = []
        var count = 0
        var firstLine: Int
        var first: [UInt8]
        var last: [UInt8] = []
        var parameters: [ParameterProfile] = []
    }

    private(set) var entries: [UInt64: Entry] = [:]
    private(set) var others = 0
    private var roots: [UInt64: UInt64] = [:]

    /// The serial that a template's lines are counted under by now.
    func root(_ serial: UInt64) -> UInt64 {
        var serial = serial
        while let next = roots[serial] { serial = next }
        return serial
    }

    /// Counts a line.
    mutating func note(
        serial: UInt64, name: [UInt8], line: Int, bytes: UnsafeBufferPointer<UInt8>, parameters: [UInt8]
    ) {
        if entries[serial] == nil {
            if entries.count >= Self.entryLimit { prune() }
            let example = Array(bytes.prefix(Self.exampleBytes))
            entries[serial] = Entry(serial: serial, name: name, firstLine: line, first: example)
        }
        entries[serial]!.add(bytes, parameters)
    }

    /// Counts the lines of one template with those of another.
    mutating func absorb(_ from: UInt64, into to: UInt64) {
        roots[from] = to
        guard let gone = entries.removeValue(forKey: from) else { return }
        guard entries[to] != nil else {
            entries[to] = gone
            return
        }
        entries[to]!.merge(gone)
    }

    /// Notes what templates look like by now.
    mutating func setText(_ text: [UInt8], of serial: UInt64) { entries[serial]?.text = text }

    private mutating func prune() {
        let rarest = entries.values.sorted { ($0.count, $1.serial) < ($1.count, $0.serial) }.prefix(Self.entryLimit / 4)
        for entry in rarest {
            others += entry.count
            entries[entry.serial] = nil
        }
    }
}

extension TemplateBook.Entry {
    fileprivate mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, _ parameters: [UInt8]) {
        count += 1
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: bytes.prefix(TemplateBook.exampleBytes))
        parameters.withUnsafeBufferPointer { text in
            var reader = JSONReader(text)
            reader.enter()
            var place = 0
            while place < TemplateBook.parameterLimit, reader.hasNext() {
                if place == self.parameters.count { self.parameters.append(ParameterProfile()) }
                self.parameters[place].note(reader.value())
                place += 1
            }
        }
    }

    fileprivate mutating func merge(_ other: TemplateBook.Entry) {
        count += other.count
        if other.firstLine < firstLine {
            firstLine = other.firstLine
            first = other.first
        }
        for (place, profile) in other.parameters.enumerated() {
            if place == parameters.count { parameters.append(ParameterProfile()) }
            parameters[place].merge(profile)
        }
    }
}
