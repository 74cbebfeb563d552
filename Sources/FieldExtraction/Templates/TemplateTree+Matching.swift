/// Comparing a message with templates.
extension TemplateTree {
    /// The leaf of messages of so many words that begin with a word; 0 stands for a first word that is no constant.
    static func leaf(wordCount: Int, first: UInt64) -> Int {
        Int(truncatingIfNeeded: LogHash.mix(first, UInt64(wordCount)) >> 8) & 1_023
    }

    /// The leaf of the message that was read.
    func leaf() -> Int {
        guard let first = tokenizer.tokens.first else { return Self.leaf(wordCount: 0, first: 0) }
        return Self.leaf(wordCount: tokenizer.tokens.count, first: first.kind == .word ? first.hash : 0)
    }

    /// The template that a message is most like, made to fit it; nil if there is none that is like it.
    mutating func similar() -> Int? {
        var best = -1
        var bestScore = -1
        let own = leaf()
        let open = Self.leaf(wordCount: tokenizer.tokens.count, first: 0)
        for leaf in own == open ? [own] : [own, open] {
            var index = leaves[leaf]
            while index >= 0 {
                let score = agreement(of: Int(index))
                if score > bestScore
                    || score == bestScore && score >= 0 && templates[Int(index)].serial < templates[best].serial
                {
                    best = Int(index)
                    bestScore = score
                }
                index = templates[Int(index)].next
            }
        }
        guard best >= 0 else { return nil }
        generalise(best)
        remember(tokenizer.hash, best)
        return best
    }

    /// How many words a message shares with a template; -1 where it is none of its messages.
    ///
    /// Where they differ, it depends on what differs. Two words, or two keys, are a different message. Two values, or two
    /// names with numbers or points in them, are values of the same message. A value in the place of a word is let pass
    /// once, in a message that shares at least three words. Of what is text on both sides, the share ``similarity`` must agree.
    func agreement(of index: Int) -> Int {
        let count = tokenizer.tokens.count
        guard Int(templates[index].wordCount) == count else { return -1 }
        let base = index * Self.stride
        var shared = 0
        var soft = 0
        var doubtful = 0
        for place in 0..<count {
            let word = words[base + place]
            let token = tokenizer.tokens[place]
            if word.added > 0 { continue }
            if word.hash == token.hash {
                if token.kind != .value { shared += 1 }
                continue
            }
            switch Self.difference(word.kind, word.key, token.kind, token.key) {
            case .hard: return -1
            case .doubtful: doubtful += 1
            case .soft: soft += 1
            }
        }
        if doubtful > 1 || doubtful == 1 && shared < 3 { return -1 }
        let differing = soft + doubtful
        if shared == 0 { return differing * 2 <= count ? 0 : -1 }
        return Double(shared) >= Self.similarity * Double(shared + differing) ? shared : -1
    }

    /// What it means that a word of a template and one of a message are not the same.
    enum Difference {
        case hard, doubtful, soft
    }

    @inline(__always)
    static func difference(
        _ left: LogToken.Kind, _ leftKey: UInt16, _ right: LogToken.Kind, _ rightKey: UInt16
    ) -> Difference {
        let isKeyed = left == .keyedValue || left == .keyedWord
        if isKeyed || right == .keyedValue || right == .keyedWord {
            guard isKeyed, right == .keyedValue || right == .keyedWord, leftKey == rightKey else { return .hard }
            return left == .keyedWord && right == .keyedWord ? .hard : .soft
        }
        if left == .word || right == .word {
            return left == right || left == .name || right == .name ? .hard : .doubtful
        }
        // A size is no duration, and blk_<*> no rdd_<*>.
        if left == right { return leftKey != rightKey && leftKey != 0 && rightKey != 0 ? .hard : .soft }
        return .soft
    }

    /// Puts placeholders where a message differs from a template.
    private mutating func generalise(_ index: Int) {
        for place in tokenizer.tokens.indices {
            let at = index * Self.stride + place
            guard words[at].added == 0, words[at].hash != tokenizer.tokens[place].hash else { continue }
            add(placeholder: at, of: index)
        }
    }

    /// Puts a placeholder in the place of a word.
    mutating func add(placeholder at: Int, of index: Int) {
        guard templates[index].addedCount < 255 else { return }
        templates[index].addedCount += 1
        words[at].added = templates[index].addedCount
        guard at == index * Self.stride else { return }
        unlink(index)
        link(index, Self.leaf(wordCount: Int(templates[index].wordCount), first: 0))
    }
}
