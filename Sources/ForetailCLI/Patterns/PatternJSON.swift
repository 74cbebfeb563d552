import FieldExtraction
import Forecasting

/// A report as one JSON object with stable names; what is not there is left out.
///
///     {"source":"nyc_taxi.csv","events":3000,"bad":0,"keys":1,"timeField":"timestamp","series":[{"key":"", …}]}
enum PatternJSON {
    /// The object, with a line feed.
    static func text(_ report: PatternReport) -> String {
        var writer = Writer()
        writer.open("{")
        writer.member("source", report.source)
        writer.member("events", report.events)
        writer.member("bad", report.bad)
        writer.member("keys", report.keyCount)
        if let time = report.timeField { writer.member("timeField", time) }
        writer.name("series")
        writer.list(report.series) { series, writer in write(series, to: &writer) }
        writer.close("}")
        return String(decoding: writer.output, as: UTF8.self) + "\n"
    }

    private static func write(_ series: SeriesPatterns, to writer: inout Writer) {
        writer.open("{")
        writer.member("key", series.key)
        writer.member("events", series.eventCount)
        writer.member("first", time: series.firstMicroseconds)
        writer.member("last", time: series.lastMicroseconds)
        if let arrival = series.arrival {
            writer.name("arrival")
            writer.open("{")
            writer.member("medianGap", seconds: arrival.medianGapMicroseconds)
            writer.member("longGap", seconds: arrival.longGapMicroseconds)
            writer.member("tiedShare", arrival.tiedShare)
            if let grid = arrival.grid {
                writer.name("grid")
                writer.open("{")
                writer.member("step", seconds: grid.stepMicroseconds)
                writer.member("share", grid.share)
                writer.member("missedShare", grid.missedShare)
                writer.member("jitter", seconds: grid.jitterMicroseconds)
                writer.close("}")
            }
            writer.close("}")
        }
        writer.name("fields")
        writer.list(series.fields) { field, writer in write(field, to: &writer) }
        writer.close("}")
    }

    private static func write(_ field: FieldPatterns, to writer: inout Writer) {
        let summary = field.summary
        writer.open("{")
        writer.member("name", field.name)
        writer.member("kind", summary.kind.rawValue)
        writer.member("reason", summary.reason)
        writer.member("missingShare", summary.missingShare)
        if let low = summary.low { writer.member("low", low) }
        if let high = summary.high { writer.member("high", high) }
        if let zeros = summary.zeroShare { writer.member("zeroShare", zeros) }
        if let values = summary.valueCount { writer.member("values", values) }
        if let entropy = summary.entropyBits { writer.member("entropyBits", entropy) }
        if !summary.commonest.isEmpty {
            writer.name("commonest")
            writer.list(summary.commonest) { share, writer in
                writer.open("{")
                writer.member("value", share.value)
                writer.member("share", share.share)
                writer.close("}")
            }
        }
        if let followed = summary.followedShare { writer.member("followedShare", followed) }
        if let common = summary.commonestShare { writer.member("commonestShare", common) }
        if let numeric = field.numeric { write(numeric, to: &writer) }
        writer.close("}")
    }

    private static func write(_ found: NumericPatterns, to writer: inout Writer) {
        writer.name("seasons")
        writer.list(found.seasons) { season, writer in
            writer.open("{")
            writer.member("period", season.periodEvents)
            if let length = season.periodMicroseconds { writer.member("length", seconds: length) }
            if let calendar = season.calendar { writer.member("calendar", calendar.name) }
            writer.member("strength", season.strength)
            writer.member("localStrength", season.localStrength)
            writer.member("sinceEvent", season.sinceEvent)
            writer.member("since", time: season.sinceMicroseconds)
            writer.name("holds")
            writer.raw(season.holds ? "true" : "false")
            writer.close("}")
        }
        if let trend = found.trend {
            writer.name("trend")
            writer.open("{")
            writer.member("perEvent", trend.perEvent)
            if let perDay = trend.perDay { writer.member("perDay", perDay) }
            writer.member("score", trend.score)
            writer.close("}")
        }
        writer.name("shifts")
        writer.list(found.shifts) { shift, writer in
            writer.open("{")
            writer.member("event", shift.event)
            writer.member("time", time: shift.microseconds)
            if let end = shift.endEvent { writer.member("endEvent", end) }
            writer.member("endTime", time: shift.endMicroseconds)
            writer.member("size", shift.size)
            writer.member("before", shift.before)
            writer.member("after", shift.after)
            writer.member("score", shift.score)
            writer.close("}")
        }
    }

    /// JSON text in the making.
    struct Writer {
        private(set) var output: [UInt8] = []
        private var needsComma = false

        mutating func open(_ brace: String) {
            if needsComma { output.append(UInt8(ascii: ",")) }
            raw(brace)
            needsComma = false
        }

        mutating func close(_ brace: String) { raw(brace) }

        mutating func name(_ name: String) {
            if needsComma { output.append(UInt8(ascii: ",")) }
            JSONString.append(name, to: &output)
            output.append(UInt8(ascii: ":"))
            needsComma = false
        }

        mutating func raw(_ text: String) {
            output.append(contentsOf: text.utf8)
            needsComma = true
        }

        mutating func list<Element>(_ elements: [Element], _ body: (Element, inout Writer) -> Void) {
            open("[")
            for element in elements { body(element, &self) }
            close("]")
        }

        mutating func member(_ name: String, _ text: String) {
            self.name(name)
            JSONString.append(text, to: &output)
            needsComma = true
        }

        mutating func member(_ name: String, _ number: Int) {
            self.name(name)
            raw("\(number)")
        }

        mutating func member(_ name: String, _ number: Double) {
            guard number.isFinite else { return }
            self.name(name)
            NumberText.append(number, to: &output)
            needsComma = true
        }

        mutating func member(_ name: String, seconds microseconds: Int64) {
            member(name, Double(microseconds) / 1e6)
        }

        mutating func member(_ name: String, time microseconds: Int64?) {
            guard let microseconds else { return }
            member(name, Timestamp(microseconds: microseconds).description)
        }
    }
}
