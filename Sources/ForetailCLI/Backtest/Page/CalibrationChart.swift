#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What was said against what came true: on the diagonal, a word can be taken at its face.
struct CalibrationChart {
    private let calibration: CalibrationBins

    init(_ calibration: CalibrationBins) { self.calibration = calibration }

    /// The drawing; nil where nothing was judged.
    var svg: String? {
        guard calibration.count > 0 else { return nil }
        var chart = Chart(x: 0...1, y: 0...1, height: 360, width: 420)
        chart.verticalAxis { Readable.percent($0) }
        chart.line([(0, 0), (1, 1)], "diagonal")
        let bins = calibration.bins.filter { $0.count > 0 }
        chart.line(bins.map { ($0.meanConfidence ?? .nan, $0.hitRate ?? .nan) }, "curve")
        let most = Double(bins.map(\.count).max() ?? 1)
        for bin in bins {
            guard let said = bin.meanConfidence, let came = bin.hitRate else { continue }
            chart.dot(
                said, came, radius: 4 + 12 * sqrt(Double(bin.count) / most), "bin",
                title:
                    "said \(Readable.percent(said)), came true \(Readable.percent(came)), \(Readable.count(bin.count)) predictions"
            )
        }
        chart.horizontalLabels((0...5).map { (Double($0) / 5, Readable.percent(Double($0) / 5)) })
        return chart.svg(label: "Calibration: stated confidence against what came true")
    }
}
