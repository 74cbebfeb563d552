/// Finds what a person meant by a misspelt name.
enum Spelling {
    /// The candidate closest to `name`: equal but for case, or at most two edits (one for short names) away.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let word = Array(name.lowercased().utf8.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = edits(word, Array(candidate.lowercased().utf8.prefix(64)))
            if distance <= max(1, min(2, word.count / 3)), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// The number of insertions, removals and replacements between two words.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = byte == other ? diagonal : 1 + min(diagonal, above, row[column])
                diagonal = above
            }
        }
        return row[right.count]
    }
}
