import Testing

@testable import FieldExtraction

@Suite("TemplateTree") struct TemplateTreeTests {
    /// A tree and what it said of the last line.
    private struct Learner {
        let reader = LogLineReader()

        /// The name of a line's template, and its parameters.
        func see(_ line: String) -> (name: String, parameters: String) {
            var output: [UInt8] = []
            Array(line.utf8).withUnsafeBufferPointer { _ = reader.template(of: $0, parameters: &output) }
            return (
                String(decoding: reader.withTree { $0.newestName }, as: UTF8.self),
                String(decoding: output, as: UTF8.self)
            )
        }

        var text: String { reader.withTree { String(decoding: $0.text(Int($0.newest)), as: UTF8.self) } }
    }

    @Test("a name stays while the text generalises, and parameters keep their places")
    func names() {
        let learner = Learner()
        #expect(learner.see("load of org.a.B took 5 ms") == ("load of org.a.B took <*> ms", "[5]"))
        #expect(learner.see("load of org.a.C took 6 ms") == ("load of org.a.B took <*> ms", #"[6,"org.a.C"]"#))
        #expect(learner.text == "load of <*> took <*> ms")
        #expect(learner.see("load of org.a.B took 7 ms") == ("load of org.a.B took <*> ms", #"[7,"org.a.B"]"#))
    }

    @Test("a value that stands where the name has another form is null there, and whole behind")
    func forms() {
        let learner = Learner()
        #expect(learner.see("opening proxy for node-7 at 5") == ("opening proxy for node-<*> at <*>", "[7,5]"))
        #expect(learner.see("opening proxy for 10.0.0.1 at 6").parameters == #"[null,6,"10.0.0.1"]"#)
        #expect(learner.see("opening proxy for node-8 at 5").parameters == #"[8,5,"node-8"]"#)
    }

    @Test("numbers are said in the unit of the name")
    func units() {
        let learner = Learner()
        #expect(learner.see("took 15ms").parameters == "[15]")
        #expect(learner.see("took 2 s") == ("took <*>ms", "[2000.0]"))
        #expect(learner.see("took 500us") == ("took <*>ms", "[0.5]"))
        #expect(learner.see("took 5 KB").name == "took <*> KB")
    }

    @Test("templates that differ in one word are different, until there are six of them")
    func siblings() {
        let learner = Learner()
        let words = ["started", "paused", "resumed", "stopped", "lost"]
        for word in words { #expect(learner.see("VM \(word) again").name == "VM \(word) again") }
        #expect(learner.see("VM burnt again").name == "VM started again")
        #expect(learner.see("VM resumed again") == ("VM started again", #"["resumed"]"#))
        #expect(learner.reader.withTree { $0.count } == 1)
        #expect(learner.reader.withTree { $0.takeAbsorptions().count } == 5)
        #expect(learner.see("VM drowned again").name == "VM started again")
    }

    @Test("the template not seen for longest leaves, and comes back under the same name")
    func eviction() {
        let learner = Learner()
        let name = learner.see("the first one").name
        // No two share a word, so that none are siblings.
        for number in 0..<TemplateTree.templateLimit { _ = learner.see("w\(letters(number)) x\(letters(number + 7))") }
        #expect(learner.reader.withTree { $0.count } == TemplateTree.templateLimit)
        #expect(learner.see("the first one").name == name)
    }

    private func letters(_ number: Int) -> String {
        var (text, rest) = ("", number)
        repeat {
            text.append(Character(Unicode.Scalar(UInt8(97 + rest % 26))))
            rest /= 26
        } while rest > 0
        return text
    }

    @Test("an endless stream of new words stays within its memory")
    func memory() {
        var generator = SeededGenerator(seed: 1)
        let learner = Learner()
        var largest = 0
        for number in 0..<20_000 {
            var line = ""
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                line += letters(Int.random(in: 0...(1 << 40), using: &generator)) + " "
            }
            _ = learner.see(line)
            if number % 1_000 == 999 { largest = max(largest, learner.reader.byteCount) }
        }
        #expect(largest < 4_000_000)
    }

    @Test("the same lines give the same names, twice")
    func determinism() {
        func run() -> [String] {
            var generator = SeededGenerator(seed: 7)
            let learner = Learner()
            return (0..<5_000).map { _ in
                var line = ""
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    line += letters(Int.random(in: 0...30, using: &generator)) + " "
                    if Bool.random(using: &generator) { line += "\(Int.random(in: 0...99, using: &generator)) " }
                }
                let (name, parameters) = learner.see(line)
                return name + parameters
            }
        }
        #expect(run() == run())
    }
}
