/// Numbers by name: `Received block blk_<*> of size <*>` has a `size`.
extension TemplateTree {
    /// The most placeholders of a template that have names.
    static let labelLimit = 16

    /// Names the first placeholders of a new template, once and for all. Two equal names are told apart by `_2`, `_3`, …
    func label(_ template: inout Template, _ view: ByteView) {
        let namer = PlaceholderNamer(tokens: tokenizer.tokens, values: tokenizer.values)
        var names: [[UInt8]] = []
        var name: [UInt8] = []
        for (place, token) in tokenizer.tokens.enumerated() {
            let first = Int(token.firstValue)
            for value in first..<first + Int(token.valueCount)
            where value < tokenizer.values.count && names.count < Self.labelLimit {
                name = namer.name(of: value, inToken: place, after: name, view)
                var label = name
                var number = 2
                while names.contains(label) {
                    label = name + Array("_\(number)".utf8)
                    number += 1
                }
                names.append(label)
                unsafe label.withUnsafeBufferPointer { unsafe JSONString.append($0, to: &template.labels) }
                template.labels.append(UInt8(ascii: ":"))
                template.labelEnds.append(UInt16(template.labels.count))
            }
        }
    }

    /// Appends the parameters of the message that was matched last that are numbers, by name, as a member of an object; nothing where
    /// there are none.
    ///
    ///     ,"numbers":{"size":38865}
    mutating func appendNumbers(of index: Int, _ view: ByteView, to output: inout [UInt8]) {
        let base = index * Self.stride
        var number = 0
        var isFirst = true
        for place in 0..<Int(templates[index].wordCount) {
            let token = tokenizer.tokens[place]
            let isNamed = words[base + place].hash == token.hash
            for offset in 0..<Int(words[base + place].valueCount) {
                defer { number += 1 }
                let value = Int(token.firstValue) + offset
                guard number < templates[index].labelEnds.count else { break }
                guard isNamed, offset < Int(token.valueCount), value < tokenizer.values.count,
                    tokenizer.values[value].isNumber
                else { continue }
                output.append(contentsOf: isFirst ? Self.begin : Self.comma)
                isFirst = false
                let start = number > 0 ? Int(templates[index].labelEnds[number - 1]) : 0
                output.append(contentsOf: templates[index].labels[start..<Int(templates[index].labelEnds[number])])
                let unit = units[index * LogTokenizer.valueLimit + number]
                append(tokenizer.values[value], in: unit, view, to: &output)
            }
        }
        if !isFirst { output.append(UInt8(ascii: "}")) }
    }

    private static let begin = Array(#","numbers":{"#.utf8)
    private static let comma = Array(",".utf8)
}
