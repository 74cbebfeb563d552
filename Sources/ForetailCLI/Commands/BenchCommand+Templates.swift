import ArgumentParser
import Foretail

extension BenchCommand {
    /// `foretail bench templates`: what reading a plain line costs, and what its templates hold.
    struct Templates: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "templates",
            abstract: "Recognise fields and templates of plain lines on one thread.",
            discussion: """
                Without --lines a text of random words without end is read, no two lines of it alike. Times are CPU time of the \
                thread, from the line to its event in JSON.
                """
        )

        @Option(help: ArgumentHelp("A file of lines.", valueName: "file")) var lines: String?
        @Option(help: "How many lines to read in all.") var count = 1_000_000
        @Flag(help: "Print one JSON object.") var json = false

        func validate() throws {
            if count < 1 { throw ValidationError("--count \(count): expected a number from 1") }
        }

        func run() async throws {
            var bench = try TemplateBench(path: lines)
            let result = bench.run(count: count)
            print(json ? result.json : result.text)
        }
    }
}
