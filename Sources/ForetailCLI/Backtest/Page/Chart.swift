#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A drawing in SVG with two axes; numbers go in, places in pixels come out.
struct Chart {
    let width: Double
    let height: Double
    let left: Double
    let right = 14.0
    let top = 10.0
    let bottom: Double
    private let horizontal: ClosedRange<Double>
    private let vertical: ClosedRange<Double>
    private(set) var body = ""

    /// Creates an empty drawing.
    init(
        x horizontal: ClosedRange<Double>, y vertical: ClosedRange<Double>, height: Double = 220, width: Double = 640,
        left: Double = 52, bottom: Double = 26
    ) {
        self.horizontal = Self.widened(horizontal)
        self.vertical = Self.widened(vertical)
        self.height = height
        self.width = width
        self.left = left
        self.bottom = bottom
    }

    private static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        guard range.upperBound - range.lowerBound <= abs(range.upperBound) * 1e-12 else { return range }
        let reach = max(abs(range.upperBound) * 0.05, 0.5)
        return range.lowerBound - reach...range.upperBound + reach
    }

    /// Where a number stands from the left.
    func x(_ value: Double) -> Double {
        let share = (value - horizontal.lowerBound) / (horizontal.upperBound - horizontal.lowerBound)
        return left + min(max(share, 0), 1) * (width - left - right)
    }

    /// Where a number stands from the top; what lies beyond the axis stands at its end.
    func y(_ value: Double) -> Double {
        let share = (value - vertical.lowerBound) / (vertical.upperBound - vertical.lowerBound)
        return height - bottom - min(max(share, 0), 1) * (height - bottom - top)
    }

    /// A place with a decimal.
    static func place(_ value: Double) -> String { Readable.fixed(value, decimals: 1) }

    private func points(_ points: [(Double, Double)]) -> String {
        points.map { "\(Self.place(x($0.0))),\(Self.place(y($0.1)))" }.joined(separator: " ")
    }

    /// Draws a line; it breaks where a number is missing.
    mutating func line(_ line: [(Double, Double)], _ style: String) {
        var run: [(Double, Double)] = []
        for point in line + [(0, .nan)] {
            if point.1.isFinite {
                run.append(point)
            } else {
                if run.count > 1 { body += "<polyline class=\"\(style)\" points=\"\(points(run))\"/>\n" }
                run = []
            }
        }
    }

    /// Fills what lies between two lines; it breaks where a number is missing.
    mutating func band(_ band: [(x: Double, low: Double, high: Double)], _ style: String) {
        var run: [(x: Double, low: Double, high: Double)] = []
        for point in band + [(0, .nan, .nan)] {
            if point.low.isFinite, point.high.isFinite {
                run.append(point)
            } else {
                if run.count > 1 {
                    let outline = run.map { ($0.x, $0.high) } + run.reversed().map { ($0.x, $0.low) }
                    body += "<polygon class=\"\(style)\" points=\"\(points(outline))\"/>\n"
                }
                run = []
            }
        }
    }

    /// Draws a bar from one number up to another.
    mutating func bar(from start: Double, to end: Double, low: Double, high: Double, _ style: String, title: String) {
        let from = x(start)
        let upper = y(high)
        body +=
            "<rect class=\"\(style)\" x=\"\(Self.place(from))\" y=\"\(Self.place(upper))\" width=\"\(Self.place(max(x(end) - from - 0.6, 0.5)))\" height=\"\(Self.place(max(y(low) - upper, 0)))\"><title>\(Markup.escape(title))</title></rect>\n"
    }

    /// Draws a dot.
    mutating func dot(_ x: Double, _ y: Double, radius: Double, _ style: String, title: String) {
        body +=
            "<circle class=\"\(style)\" cx=\"\(Self.place(self.x(x)))\" cy=\"\(Self.place(self.y(y)))\" r=\"\(Self.place(radius))\"><title>\(Markup.escape(title))</title></circle>\n"
    }

    /// Draws ticks at some numbers, so far below the drawing's lower edge, as one path.
    mutating func ticks(_ values: [Double], below offset: Double, length: Double, _ style: String) {
        guard !values.isEmpty else { return }
        let start = height - bottom + offset
        let path = values.map { "M\(Self.place(x($0))) \(Self.place(start))v\(Self.place(length))" }.joined()
        body += "<path class=\"\(style)\" d=\"\(path)\"/>\n"
    }

    /// Writes a text beside the axis of a row of ticks.
    mutating func label(_ text: String, below offset: Double) {
        body +=
            "<text class=\"small\" text-anchor=\"end\" x=\"\(Self.place(left - 6))\" y=\"\(Self.place(height - bottom + offset))\">\(Markup.escape(text))</text>\n"
    }

    /// Draws horizontal lines at round numbers, with their labels.
    mutating func verticalAxis(_ text: (Double) -> String = { Chart.number($0) }) {
        for tick in Self.round(vertical, count: 4) {
            let place = Self.place(y(tick))
            body +=
                "<line class=\"grid\" x1=\"\(Self.place(left))\" x2=\"\(Self.place(width - right))\" y1=\"\(place)\" y2=\"\(place)\"/><text text-anchor=\"end\" x=\"\(Self.place(left - 6))\" y=\"\(Self.place(y(tick) + 4))\">\(Markup.escape(text(tick)))</text>\n"
        }
    }

    /// Writes labels below the drawing.
    mutating func horizontalLabels(_ labels: [(value: Double, text: String)]) {
        for (number, label) in labels.enumerated() {
            let anchor = number == 0 ? "start" : number == labels.count - 1 ? "end" : "middle"
            body +=
                "<text text-anchor=\"\(anchor)\" x=\"\(Self.place(x(label.value)))\" y=\"\(Self.place(height - 6))\">\(Markup.escape(label.text))</text>\n"
        }
    }

    /// The drawing; `label` says what it shows to those who cannot see it.
    func svg(label: String) -> String {
        let style = width < 640 ? " class=\"narrow\"" : ""
        return
            "<div class=\"scroll\"><svg viewBox=\"0 0 \(Self.place(width)) \(Self.place(height))\" role=\"img\" aria-label=\"\(Markup.escape(label))\"\(style)>\n\(body)</svg></div>\n"
    }

    /// Round numbers within a range.
    static func round(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else { return [] }
        let power = pow(10, floor(log10(span / Double(count))))
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { span / $0 <= Double(count) + 0.5 } ?? 10 * power
        let first = (range.lowerBound / step).rounded(.up)
        return (0...count + 1).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-9 }
    }

    /// A number on an axis: `1.5k`, `20`, `0.25`.
    static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        func short(_ value: Double, _ unit: String, decimals: Int = 2) -> String {
            var text = Readable.fixed(value, decimals: decimals)
            while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
            return text + unit
        }
        switch magnitude {
        case 0: return "0"
        case ..<1e-3: return "\(Float(value))"
        case ..<0.1: return short(value, "", decimals: 4)
        case ..<1e4: return short(value, "")
        case ..<1e6: return short(value / 1e3, "k")
        case ..<1e9: return short(value / 1e6, "M")
        default: return "\(Float(value))"
        }
    }
}
