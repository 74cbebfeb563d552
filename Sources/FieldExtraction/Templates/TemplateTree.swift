/// The templates of a stream's messages, learned line by line: a tree of fixed depth by the number of words and the first word,
/// below it the templates that begin so.
///
///     var tree = TemplateTree()
///     let match = tree.match(view, start, end)         // match.index: its template
///     tree.name(match.index)                           // PacketResponder <*> for block blk_<*> terminating
///
/// A message whose masked text is known belongs to the template of that name. Another one is compared with the templates of
/// its leaf (``agreement(of:)``); it joins the one that it shares most words with, and what differs becomes a placeholder there.
/// Two messages that differ in a word are different messages, until ``siblingLimit`` templates differ in nothing but the
/// word at one place: then it was a value, and they become one.
///
/// The name of a template is the masked text of the message it was made for, and never changes; ``text(_:)`` is the text of
/// today. Of 1,024 templates the one that was not seen for longest leaves for a new one. The same lines in the same order give
/// the same templates: there is no clock and no chance.
///
/// Source: He, Zhu, Zheng and Lyu, *Drain: An Online Log Parsing Approach with Fixed Depth Tree*, ICWS 2017, for the tree, the
/// similarity and its threshold 0.4. The kinds of words, the siblings, and names that stay are our own
/// (docs/design/0012-templates.md).
package struct TemplateTree {
    /// The most templates.
    package static let templateLimit = 1_024
    /// The share of words that a message must have in common with its template.
    static let similarity = 0.4
    /// So many templates that differ in one word are one template.
    static let siblingLimit = 6
    /// The most bytes of a name; the rest is cut off.
    static let nameLimit = 1_024
    /// The words of a message, and room for the rest of a longer one.
    static let stride = LogTokenizer.tokenLimit + 1

    /// A template.
    struct Template {
        /// Counts templates from 1, in the order in which they were made; 0: the place is free.
        var serial: UInt64 = 0
        var count: UInt64 = 0
        var wordCount: UInt8 = 0
        /// How many placeholders its name has, and how many came later.
        var namedCount: UInt8 = 0
        var addedCount: UInt8 = 0
        /// The leaf it hangs on, and the next there.
        var leaf: UInt16 = 0
        var next: Int16 = -1
        /// Its neighbours in order of use.
        var newer: Int16 = -1
        var older: Int16 = -1
        var nameHash: UInt64 = 0
        var name: [UInt8] = []
        /// The names of its first placeholders as JSON members, `"size":"port":`, one behind the other, and where each ends.
        var labels: [UInt8] = []
        var labelEnds: [UInt16] = []

        /// The bytes of its texts.
        var textBytes: Int { name.capacity + labels.capacity + labelEnds.capacity * 2 }
    }

    /// One word of a template.
    struct Word {
        var hash: UInt64 = 0
        /// Where it ends in the name.
        var nameEnd: UInt16 = 0
        var key: UInt16 = 0
        var kind = LogToken.Kind.word
        /// Its placeholders in the name.
        var valueCount: UInt8 = 0
        /// 0: a constant; else the number of the placeholder, from 1, that took its place.
        var added: UInt8 = 0
    }

    /// A template that became part of another.
    package struct Absorption {
        /// The serial of the one that is no more.
        package var from: UInt64
        /// The serial of the one it belongs to.
        package var to: UInt64
    }

    var tokenizer = LogTokenizer()
    var templates: [Template] = []
    var words: [Word] = []
    var leaves = [Int16](repeating: -1, count: 1_024)
    var names = HashTable(slots: 4_096)
    var holes = HashTable(slots: 8_192)
    var newest: Int16 = -1
    var oldest: Int16 = -1
    var made: UInt64 = 0
    var nameBytes = 0
    /// The units of a template's placeholders, by template.
    var units: [LogUnit] = []
    /// Places of templates that are no more.
    var vacant: [Int] = []
    /// Templates that became part of others since somebody asked; at most ``templateLimit`` are kept.
    var absorbed: [Absorption] = []

    /// Creates an empty tree.
    package init() {}

    /// How many templates there are.
    package var count: Int {
        var count = 0
        for template in templates where template.serial > 0 { count += 1 }
        return count
    }

    /// The bytes it holds, all tables counted at their capacity. At most about 4 MB.
    package var byteCount: Int {
        templates.capacity * MemoryLayout<Template>.stride + words.capacity * MemoryLayout<Word>.stride
            + leaves.capacity * 2 + names.byteCount + holes.byteCount + units.capacity + nameBytes
            + absorbed.capacity * MemoryLayout<Absorption>.stride
            + (LogTokenizer.tokenLimit + 1) * MemoryLayout<LogToken>.stride
            + (LogTokenizer.valueLimit + 1) * MemoryLayout<LogValue>.stride
    }

    /// Finds the template of a message, or makes it. Costs 0.2 to 2 µs for a line of 100 bytes.
    ///
    /// - Returns: The template's place, good until the next message.
    mutating func match(_ view: ByteView, _ start: Int, _ end: Int) -> Int {
        tokenizer.read(view, start, end)
        let index = known() ?? similar() ?? make(view)
        templates[index].count += 1
        touch(index)
        return index
    }

    /// The template that has a message's masked text for a name, or had it before.
    private mutating func known() -> Int? {
        guard let found = names.value(of: tokenizer.hash) else { return nil }
        let index = Int(found & 0xFFFF)
        guard templates[index].serial & 0xFFFF_FFFF_FFFF == found >> 16 else { return nil }
        return index
    }

    /// Lets a text lead to a template from now on.
    mutating func remember(_ hash: UInt64, _ index: Int) {
        let value = templates[index].serial << 16 | UInt64(index)
        if names.set(hash, value) { return }
        // Full of texts that came once: only names stay.
        names.removeAll()
        for place in templates.indices where templates[place].serial > 0 {
            _ = names.set(templates[place].nameHash, templates[place].serial << 16 | UInt64(place))
        }
        _ = names.set(hash, value)
    }

    // MARK: What is known of a template

    /// The places of all templates, the oldest first.
    package var indices: [Int] {
        templates.indices.filter { templates[$0].serial > 0 }.sorted { templates[$0].serial < templates[$1].serial }
    }

    /// The number of a template, from 1 in the order in which they were made; never used again.
    package func serial(_ index: Int) -> UInt64 { templates[index].serial }

    /// How many messages belong to it.
    package func count(_ index: Int) -> Int { Int(templates[index].count) }

    /// Its name: the masked text of the message it was made for.
    package func name(_ index: Int) -> [UInt8] { templates[index].name }

    /// The name of the template that was matched last.
    package var newestName: [UInt8] { newest >= 0 ? templates[Int(newest)].name : [] }

    /// How many parameters its messages have.
    package func parameterCount(_ index: Int) -> Int {
        Int(templates[index].namedCount) + Int(templates[index].addedCount)
    }

    /// The templates that became part of others since this was called last.
    package mutating func takeAbsorptions() -> [Absorption] {
        defer { absorbed.removeAll(keepingCapacity: true) }
        return absorbed
    }

    /// Its text as it is today: the name, with placeholders where messages turned out to differ.
    package func text(_ index: Int) -> [UInt8] {
        let template = templates[index]
        var text: [UInt8] = []
        var start = 0
        for place in 0..<Int(template.wordCount) {
            let word = words[index * Self.stride + place]
            if place > 0 { text.append(0x20) }
            let end = Int(word.nameEnd)
            if word.added > 0 {
                text += Array("<*>".utf8)
            } else if start < end {
                text += template.name[start..<end]
            }
            start = end + 1
        }
        return text
    }
}
