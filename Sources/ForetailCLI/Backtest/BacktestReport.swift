/// What a backtest has to say, before it is put into words, numbers or charts.
struct BacktestReport: Sendable {
    /// A report per file.
    let files: [FileResult]
    /// The figures of all files; the same as the file's where there is one.
    let all: Figures
    /// The filter as it was written; nil without one.
    let filter: String?

    /// Adds the files up.
    init(files: [FileResult], filter: String? = nil) {
        self.files = files
        self.filter = filter
        guard files.count != 1 else {
            all = files[0].figures
            return
        }
        var sum = Account()
        for file in files { sum.add(file.figures.account) }
        let grids = Set(files.map(\.figures.account.gridMicroseconds))
        if grids.count == 1, let grid = grids.first { sum.gridMicroseconds = grid }
        all = Figures(sum)
    }
}
