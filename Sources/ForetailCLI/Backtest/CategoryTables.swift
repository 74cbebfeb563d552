/// The figures of categorical fields as tables for eyes.
struct CategoryTables {
    private let fields: [Account.Categories]

    init(_ figures: Figures) { fields = figures.account.categories }

    /// How near what was said came, when it could be relied on, and what probabilities were worth.
    var tables: [TextTable] { [accuracy, reliance, reliability] }

    /// The head and rows of what was told, next to running frequencies.
    var accuracyRows: (head: [String], rows: [[String]]) {
        let head = [
            "categories", "events", "values", "bits", "by frequency", "saved", "top 1", "top 3", "top 9",
            "by frequency",
        ]
        let rows = fields.map { field in
            let score = field.score
            return [Self.name(field), Readable.count(score.events), Readable.count(score.values)]
                + [score.bits, score.bitsByFrequency].map { $0.map { Readable.fixed($0, decimals: 3) } ?? "–" }
                + ([score.saved] + score.accuracy).map { Readable.percent($0, decimals: 1) }
                + [score.accuracyByFrequency.map { Readable.percent($0) }.joined(separator: " ")]
        }
        return (head, rows)
    }

    /// The head and rows of coverage and precision.
    var relianceRows: (head: [String], rows: [[String]]) {
        let head = ["told", "at 50 %", "precision", "at 90 %", "precision", "calibration", "lead"]
        let rows = fields.map { field in
            let score = field.score
            return [Self.name(field)]
                + zip(score.coverage, score.precision).flatMap {
                    [Readable.percent($0, decimals: 1), Readable.percent($1, decimals: 1)]
                } + [
                    score.reliability.expectedError.map { Readable.fixed($0, decimals: 3) } ?? "–",
                    score.leads.median.map { Readable.shortDuration(microseconds: $0) } ?? "–",
                ]
        }
        return (head, rows)
    }

    private var accuracy: TextTable { Self.table(accuracyRows) }
    private var reliance: TextTable { Self.table(relianceRows) }

    /// What the most probable value's probability was worth, over the fields whose prediction saves most bits.
    private var reliability: TextTable {
        var table = TextTable(["reliability", "said", "came true", "events"])
        guard let field = fields.max(by: { ($0.score.saved ?? 0) < ($1.score.saved ?? 0) }) else { return table }
        for bin in field.score.reliability.bins where bin.count > 0 {
            table.add([
                Self.name(field), Readable.percent(bin.meanConfidence), Readable.percent(bin.hitRate),
                Readable.count(bin.count),
            ])
        }
        return table
    }

    private static func table(_ content: (head: [String], rows: [[String]])) -> TextTable {
        var table = TextTable(content.head)
        for row in content.rows.prefix(8) { table.add(row) }
        return table
    }

    private static func name(_ field: Account.Categories) -> String {
        TerminalText.cut(TerminalText.harmless(field.name), cells: 24)
    }
}
