/// The values behind the placeholders.
extension TemplateTree {
    /// Appends the parameters of the message that was matched last as a JSON array.
    ///
    ///     [1,"blk_-160",38865]
    ///
    /// First the placeholders of the template's name, in the order of its text; a word that has become a placeholder since comes
    /// behind them, whole, and what the name had in its place is `null` where the message has another word. So a parameter keeps
    /// its place for ever. Numbers are numbers, in the unit that the name has; everything else is text.
    mutating func appendParameters(of index: Int, _ view: ByteView, to output: inout [UInt8]) {
        let base = index * Self.stride
        let hasAdded = templates[index].addedCount > 0
        var number = 0
        output.append(UInt8(ascii: "["))
        let start = output.count
        for place in 0..<Int(templates[index].wordCount) {
            let token = tokenizer.tokens[place]
            let isNamed = words[base + place].hash == token.hash
            for offset in 0..<Int(words[base + place].valueCount) {
                if output.count > start { output.append(UInt8(ascii: ",")) }
                let value = Int(token.firstValue) + offset
                if isNamed, offset < Int(token.valueCount), value < tokenizer.values.count {
                    let unit = units[index * LogTokenizer.valueLimit + number]
                    append(tokenizer.values[value], in: unit, view, to: &output)
                } else {
                    output += [0x6E, 0x75, 0x6C, 0x6C]
                }
                number += 1
            }
        }
        if hasAdded {
            for wanted in 1...templates[index].addedCount {
                for place in 0..<Int(templates[index].wordCount) where words[base + place].added == wanted {
                    if output.count > start { output.append(UInt8(ascii: ",")) }
                    append(tokenizer.tokens[place], view, to: &output)
                }
            }
        }
        output.append(UInt8(ascii: "]"))
    }

    /// Appends a word that took the place of a constant: the number it is, or its text.
    private func append(_ token: LogToken, _ view: ByteView, to output: inout [UInt8]) {
        if token.kind == .value, token.valueCount == 1, Int(token.firstValue) < tokenizer.values.count {
            append(tokenizer.values[Int(token.firstValue)], in: .none, view, to: &output)
        } else {
            unsafe JSONString.append(unsafe view.bytes(Int(token.start), Int(token.end)), to: &output)
        }
    }

    func append(_ value: LogValue, in unit: LogUnit, _ view: ByteView, to output: inout [UInt8]) {
        let bytes = unsafe view.bytes(Int(value.start), Int(value.end))
        guard value.isNumber else { return unsafe JSONString.append(unsafe bytes, to: &output) }
        let isConverted = value.unit != unit && value.unit.family == unit.family && unit != .none
        if !isConverted {
            let first = unsafe bytes[0] == UInt8(ascii: "+") ? 1 : 0
            unsafe output.append(contentsOf: unsafe UnsafeBufferPointer(rebasing: bytes[first...]))
        } else if let number = unsafe NumberText.lenientDouble(unsafe bytes) {
            NumberText.append(number * value.unit.factor / unit.factor, to: &output)
        } else {
            unsafe JSONString.append(unsafe bytes, to: &output)
        }
    }
}
