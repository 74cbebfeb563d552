import FieldExtraction

/// What the walk over one file brought to light.
struct FileResult: Sendable {
    /// The file as it was named.
    var path: String
    /// The times of the first and the last event; nil of none.
    var from: Timestamp?
    var to: Timestamp?
    /// The file's figures, and those of its keys, most events first.
    var figures: Figures
    var series: [(name: String, figures: Figures)] = []
    /// Keys beyond ``BacktestLimits/series``.
    var omittedSeries = 0
    var timeline = Timeline()
    var showcase = Showcase()
    /// The key and the field that the showcase is of.
    var showcaseKey: String?
    var showcaseField: String?
    /// What went wrong while reading, with remedies.
    var remarks: [String] = []

    /// The file's name without its folder.
    var name: String {
        path == "-" ? "standard input" : String(path.split(separator: "/").last ?? Substring(path))
    }
}
