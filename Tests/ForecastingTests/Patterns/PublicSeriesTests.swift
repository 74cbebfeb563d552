import Glibc
import Testing

@testable import Forecasting

/// A series of the shared data, outside this repository.
private struct PublicSeries {
    var values: [Double] = []
    var times: [Int64] = []

    /// The folder: `FORETAIL_SHARED`, or `shared` beside the repository.
    static let folder: String = {
        if let named = getenv("FORETAIL_SHARED") { return String(cString: named) + "/data/forecast/" }
        var parts = #filePath.split(separator: "/").map(String.init)
        parts.removeLast(5)
        return "/" + parts.joined(separator: "/") + "/shared/data/forecast/"
    }()

    /// Reads `2014-11-30 12:00:00,17420` and the like; nil if the file is not there.
    init?(_ name: String) {
        guard let file = fopen(Self.folder + name + ".csv", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",")
            let parts = cells[0].split(whereSeparator: { "- :.".contains($0) }).compactMap { Int32($0) }
            guard parts.count >= 6, let value = Double(cells[1]) else { continue }
            var date = tm()
            date.tm_year = parts[0] - 1_900
            date.tm_mon = parts[1] - 1
            date.tm_mday = parts[2]
            date.tm_hour = parts[3]
            date.tm_min = parts[4]
            date.tm_sec = parts[5]
            times.append(Int64(timegm(&date)) * 1_000_000)
            values.append(value)
        }
    }
}

@Suite("Patterns of public series")
struct PublicSeriesTests {
    @Test(
        "The known seasons are found",
        .enabled(
            if: access(PublicSeries.folder + "nyc_taxi.csv", R_OK) == 0,
            "data/forecast is not there; set FORETAIL_SHARED to the folder that holds it"),
        arguments: [
            ("nyc_taxi", [48, 336]), ("bike_users", [24, 168]), ("beijing_pm25", [24]), ("elb_requests", [288]),
            ("tweets_amzn", [288]), ("ad_cpc_2", [24]), ("rds_cpu_e47b3b", [12]), ("ec2_latency", [12]),
            ("machine_temp", []),
        ])
    func seasons(name: String, periods: [Int]) throws {
        let series = try #require(PublicSeries(name))
        let found = PatternDetector().detect(series.values, times: series.times)
        #expect(found.seasons.map(\.periodEvents) == periods)
    }

    @Test(
        "The blizzard of January 2015 is a level shift of the taxis",
        .enabled(
            if: access(PublicSeries.folder + "nyc_taxi.csv", R_OK) == 0,
            "data/forecast is not there; set FORETAIL_SHARED to the folder that holds it"))
    func blizzard() throws {
        let series = try #require(PublicSeries("nyc_taxi"))
        let found = PatternDetector().detect(series.values, times: series.times)
        // From Monday 14:30 to Tuesday 22:00.
        #expect(found.shifts.contains { $0.size < -5_000 && $0.event == 2_741 && $0.endEvent != nil })
    }
}
