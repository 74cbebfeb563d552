/// `/proc/loadavg`: the mean number of processes ready or waiting for a disk over 1, 5 and 15 minutes.
struct LoadAverages: Equatable {
    /// Over a minute.
    var one: Double
    /// Over five minutes.
    var five: Double
    /// Over fifteen minutes.
    var fifteen: Double

    /// Reads the text of `/proc/loadavg`; nil if it does not begin with three numbers.
    init?(parsing text: String) {
        let values = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).prefix(3).map { Double($0) }
        guard values.count == 3, let one = values[0], let five = values[1], let fifteen = values[2],
            one.isFinite, five.isFinite, fifteen.isFinite
        else { return nil }
        self.one = one
        self.five = five
        self.fifteen = fifteen
    }
}
