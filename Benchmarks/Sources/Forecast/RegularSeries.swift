import Glibc

/// A series of one value per moment, as read from a file of `timestamp,value` or made up.
struct RegularSeries {
    var name: String
    /// The season that the error of the seasonal naive forecast is taken at, in values.
    var season: Int
    var values: [Double]
    /// The moments in microseconds, as many as values.
    var times: [Int64]

    /// The seasons of the public series, as `eval/forecast.py` has them.
    private static let seasons = [
        ("nyc_taxi", 48), ("elb_requests", 288), ("rds_cpu_e47b3b", 288), ("ec2_latency", 288), ("machine_temp", 288),
        ("tweets_amzn", 288), ("ad_cpc_2", 24), ("bike_users", 24), ("beijing_pm25", 24),
    ]

    /// The public series in a folder, the last 3,000 values of each.
    static func all(in folder: String) -> [RegularSeries] {
        seasons.compactMap { name, season in read(folder + "/" + name + ".csv", name: name, season: season) }
    }

    private static func read(_ path: String, name: String, season: Int) -> RegularSeries? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { break }
            bytes += part[..<count]
        }
        var series = RegularSeries(name: name, season: season, values: [], times: [])
        for line in bytes.split(separator: 10).dropFirst().suffix(3000) {
            let fields = line.split(separator: 44)
            guard fields.count == 2, let value = Double(String(decoding: fields[1], as: UTF8.self)) else { continue }
            series.values.append(value)
            series.times.append(microseconds(Array(fields[0])))
        }
        return series
    }

    /// The moment of `YYYY-MM-DD hh:mm:ss`.
    private static func microseconds(_ text: [UInt8]) -> Int64 {
        let numbers = text.split { $0 < 48 || $0 > 57 }.map { digits in digits.reduce(0) { $0 * 10 + Int64($1) - 48 } }
        guard numbers.count >= 6 else { return 0 }
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let era = year / 400
        let yearOfEra = year - era * 400
        let month = numbers[1] + (numbers[1] > 2 ? -3 : 9)
        let dayOfYear = (153 * month + 2) / 5 + numbers[2] - 1
        let day = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (day * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]) * 1_000_000
    }
}
