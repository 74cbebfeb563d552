import FieldExtraction

/// One figure of this machine at one moment.
struct HostMetric: Equatable {
    /// What it is: `cpu.percent`.
    var name: String
    /// The figure in units of 10^-`decimals`.
    var mantissa: Int64
    /// Its decimals.
    var decimals: Int
    /// Its unit: `%`, `B`, `B/s`, `1/s`, or nothing.
    var unit: String

    /// Rounds a figure.
    init(_ name: String, _ value: Double, decimals: Int, unit: String) {
        self.name = name
        self.decimals = decimals
        self.unit = unit
        let scale = NumberText.double(mantissa: 1, exponent: decimals)
        let scaled = (value * scale).rounded()
        mantissa = scaled.magnitude < 9e15 ? Int64(scaled) : 0
    }

    /// Appends the figure as an event: `{"time":"…","metric":"cpu.percent","value":12.5,"unit":"%"}`.
    func append(at time: Timestamp, to output: inout [UInt8]) {
        output.append(contentsOf: #"{"time":""#.utf8)
        time.append(to: &output)
        output.append(contentsOf: #"","metric":"#.utf8)
        JSONString.append(name, to: &output)
        output.append(contentsOf: #","value":"#.utf8)
        NumberText.appendDecimal(mantissa, -decimals, to: &output)
        if !unit.isEmpty {
            output.append(contentsOf: #","unit":"#.utf8)
            JSONString.append(unit, to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
