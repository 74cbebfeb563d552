import ArgumentParser
import FieldExtraction
import Foretail

/// `foretail patterns`: what repeats in a stream, how strongly, and since when.
struct PatternsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patterns",
        abstract: "Show what repeats in a stream: seasons, trends, level shifts, arrivals, kinds of fields.",
        discussion: """
            Examples:
              foretail patterns metrics.csv
              foretail patterns metrics.ndjson --key host --field cpu,load --json
            A field's last 4,096 values are looked at. Series are kept while they take 64 MB together; then only the busiest,
            twice as many as are shown, of at most 32 fields each (42 MB of numbers for 20 series).
            """)

    @Argument(help: "A file, or '-' for standard input.") var source = "-"
    @Option(help: ArgumentHelp("The fields an event belongs to; others are looked at apart.", valueName: "field,…"))
    var key: FieldListOption?
    @Option(help: ArgumentHelp("The field with the event's time.", valueName: "field")) var time: FieldListOption?
    @Option(help: ArgumentHelp("The fields to look at; all without it, at most 32.", valueName: "field,…"))
    var field: FieldListOption?
    @Option(help: ArgumentHelp("How many series to show, the busiest first.", valueName: "n")) var keys = 20
    @Option(help: "How the input is written.") var input = TailOptions.Input.auto
    @Option(help: ArgumentHelp("Take the event out of this string field.", valueName: "field"))
    var unwrap: FieldListOption?
    @Flag(help: "Write one JSON object.") var json = false
    @Flag(help: "Fail at the first bad line.") var strict = false
    @Flag(name: .shortAndLong, help: "No progress, no notices.") var quiet = false

    func validate() throws {
        if let time, time.paths.count != 1 { throw ValidationError("--time: expected one field") }
        if let unwrap, unwrap.paths.count != 1 { throw ValidationError("--unwrap: expected one field") }
        if keys < 1 || keys > 1_000 { throw ValidationError("--keys \(keys): expected a number from 1 to 1000") }
        if let field, field.paths.count > SeriesCollector.fieldLimit {
            throw ValidationError("--field: at most \(SeriesCollector.fieldLimit) fields are looked at; name fewer")
        }
    }

    func run() async throws {
        var scan = try PatternScan(self)
        try scan.run()
    }
}
