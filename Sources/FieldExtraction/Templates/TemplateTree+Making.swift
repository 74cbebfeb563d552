/// Making templates, and letting them go.
extension TemplateTree {
    /// Makes a template for the message that was read; may find that it is one more of several that are one.
    ///
    /// - Returns: The place of its template.
    mutating func make(_ view: ByteView) -> Int {
        let index = freePlace()
        made += 1
        let tokens = tokenizer.tokens
        var template = Template()
        template.serial = made
        template.wordCount = UInt8(tokens.count)
        template.namedCount = UInt8(tokenizer.values.count)
        template.nameHash = tokenizer.hash
        for (place, token) in tokens.enumerated() {
            if place > 0, template.name.count < Self.nameLimit { template.name.append(0x20) }
            appendText(of: token, view, to: &template.name)
            words[index * Self.stride + place] = Word(
                hash: token.hash, nameEnd: UInt16(template.name.count), key: token.key, kind: token.kind,
                valueCount: token.valueCount)
        }
        for (place, value) in tokenizer.values.enumerated() {
            units[index * LogTokenizer.valueLimit + place] = value.unit
        }
        label(&template, view)
        nameBytes += template.textBytes
        templates[index] = template
        link(index, leaf())
        pushNewest(index)
        remember(tokenizer.hash, index)
        return joinSiblings(of: index)
    }

    /// Appends a word with placeholders for its values.
    private func appendText(of token: LogToken, _ view: ByteView, to name: inout [UInt8]) {
        var place = Int(token.start)
        let first = Int(token.firstValue)
        func literal(to end: Int) {
            let end = min(end, place + Self.nameLimit - min(name.count, Self.nameLimit))
            guard end > place else { return }
            unsafe name.append(contentsOf: unsafe view.bytes(place, end))
        }
        for value in tokenizer.values[first..<min(tokenizer.values.count, first + Int(token.valueCount))] {
            literal(to: Int(value.maskStart))
            if name.count < Self.nameLimit { name.append(contentsOf: [0x3C, 0x2A, 0x3E]) }
            place = value.unit == .none ? Int(value.maskEnd) : Int(value.end)
        }
        literal(to: Int(token.end))
    }

    // MARK: Siblings

    /// Counts the new template under its text with a hole at each of its words; when so many have the same, they become one.
    private mutating func joinSiblings(of index: Int) -> Int {
        let base = index * Self.stride
        for place in 0..<Int(templates[index].wordCount) {
            let word = words[base + place]
            guard word.kind == .word || word.kind == .keyedWord else { continue }
            // The last bit of a message's hash is set.
            let rest = (templates[index].nameHash | 1) &- LogTokenizer.hash(word.hash, at: place)
            let hole = (rest &+ LogTokenizer.hash(LogHash.hole ^ UInt64(word.key), at: place)) | 1
            let seen = (holes.value(of: hole) ?? 0) + 1
            if !holes.set(hole, seen) {
                holes.removeAll()
                _ = holes.set(hole, seen)
            }
            if seen >= Self.siblingLimit, let oldest = join(index, at: place) { return oldest }
        }
        return index
    }

    /// Makes one of all templates that differ from one in nothing but a word.
    private mutating func join(_ index: Int, at hole: Int) -> Int? {
        var siblings: [Int] = []
        for other in templates.indices where templates[other].serial > 0 && isSibling(other, index, hole) {
            siblings.append(other)
        }
        guard siblings.count >= Self.siblingLimit,
            let oldest = siblings.min(by: { templates[$0].serial < templates[$1].serial })
        else { return nil }
        add(placeholder: oldest * Self.stride + hole, of: oldest)
        for sibling in siblings where sibling != oldest {
            templates[oldest].count += templates[sibling].count
            if absorbed.count < Self.templateLimit {
                absorbed.append(Absorption(from: templates[sibling].serial, to: templates[oldest].serial))
            }
            let name = templates[sibling].nameHash
            free(sibling)
            remember(name, oldest)
        }
        return oldest
    }

    private func isSibling(_ left: Int, _ right: Int, _ hole: Int) -> Bool {
        let count = Int(templates[left].wordCount)
        guard count == Int(templates[right].wordCount) else { return false }
        for place in 0..<count {
            let (one, other) = (words[left * Self.stride + place], words[right * Self.stride + place])
            if place == hole {
                guard one.added == 0, one.kind == other.kind, one.key == other.key else { return false }
            } else if one.hash != other.hash, one.added == 0 {
                return false
            }
        }
        return true
    }

    // MARK: Places

    private mutating func freePlace() -> Int {
        if templates.count < Self.templateLimit {
            templates.append(Template())
            words.append(contentsOf: repeatElement(Word(), count: Self.stride))
            units.append(contentsOf: repeatElement(.none, count: LogTokenizer.valueLimit))
            return templates.count - 1
        }
        if let free = vacant.popLast() { return free }
        let index = Int(oldest)
        free(index)
        return vacant.popLast() ?? index
    }

    private mutating func free(_ index: Int) {
        unlink(index)
        leaveOrder(index)
        nameBytes -= templates[index].textBytes
        templates[index] = Template()
        vacant.append(index)
    }

    mutating func link(_ index: Int, _ leaf: Int) {
        templates[index].leaf = UInt16(leaf)
        templates[index].next = leaves[leaf]
        leaves[leaf] = Int16(index)
    }

    mutating func unlink(_ index: Int) {
        let leaf = Int(templates[index].leaf)
        var place = leaves[leaf]
        if Int(place) == index {
            leaves[leaf] = templates[index].next
            return
        }
        while place >= 0 {
            let next = templates[Int(place)].next
            if Int(next) == index {
                templates[Int(place)].next = templates[index].next
                return
            }
            place = next
        }
    }

    // MARK: Order of use

    /// Makes a template the one that was used last.
    mutating func touch(_ index: Int) {
        guard Int(newest) != index else { return }
        leaveOrder(index)
        pushNewest(index)
    }

    private mutating func pushNewest(_ index: Int) {
        templates[index].older = newest
        templates[index].newer = -1
        if newest >= 0 { templates[Int(newest)].newer = Int16(index) } else { oldest = Int16(index) }
        newest = Int16(index)
    }

    private mutating func leaveOrder(_ index: Int) {
        let (newer, older) = (templates[index].newer, templates[index].older)
        if newer >= 0 { templates[Int(newer)].older = older } else if Int(newest) == index { newest = older }
        if older >= 0 { templates[Int(older)].newer = newer } else if Int(oldest) == index { oldest = newer }
    }
}
