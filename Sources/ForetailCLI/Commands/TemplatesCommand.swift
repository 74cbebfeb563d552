import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail templates`: the kinds of lines that a log is made of.
struct TemplatesCommand: AsyncParsableCommand {
    /// How the templates are written.
    enum Format: String, ExpressibleByArgument {
        case text, json
    }

    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "Show the templates of a log's lines, with counts, examples and parameters.",
        discussion: """
            Examples:
              foretail templates server.log
              foretail templates server.log --format json
              foretail templates server.log --lines | cut -f1 | sort -n | uniq -c
            At most 1,024 templates are alive at a time; the one not seen for longest leaves for a new one and is still counted.
            """)

    @Argument(help: "A file, or '-' for standard input.") var source = "-"
    @Option(help: "How the templates are written: text or json.") var format = Format.text
    @Flag(help: "Write one line per line of input: the number of its template, a tab, the template's name.")
    var lines = false
    @Option(help: ArgumentHelp("How many templates to show as text, the most frequent first.", valueName: "n"))
    var top = 100
    @Option(
        help: ArgumentHelp(
            "The text field of JSON lines; without it the first of message, msg, log, text.", valueName: "field"))
    var field: FieldListOption?
    @Option(help: "How the input is written.") var input = TailOptions.Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Flag(help: "Fail at the first bad line.") var strict = false
    @Flag(name: .shortAndLong, help: "No progress, no notices.") var quiet = false

    func validate() throws {
        if let field, field.paths.count != 1 { throw ValidationError("--field: expected one field") }
        if let unwrap, unwrap.paths.count != 1 { throw ValidationError("--unwrap: expected one field") }
        if top < 1 || top > 100_000 { throw ValidationError("--top \(top): expected a number from 1 to 100000") }
        if lines, format == .json { throw ValidationError("--lines writes lines; leave out --format json") }
    }

    func run() async throws {
        var scan = try TemplateScan(self)
        try scan.run()
    }
}
