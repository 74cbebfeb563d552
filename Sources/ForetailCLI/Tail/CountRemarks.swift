import FilterLanguage
import Foretail

/// What a person should know of events that were to be counted, each with its remedy.
enum CountRemarks {
    /// The sentences; none where all went well.
    static func sentences(
        _ status: CountStatus, findings: [FilterFinding], counting: Counting, options: TailOptions
    ) -> [String] {
        var remarks: [String] = []
        func count(_ number: Int, _ one: String, _ many: String, _ rest: String) {
            guard number > 0 else { return }
            remarks.append("\(Readable.count(number)) \(number == 1 ? one : many) \(rest)")
        }
        let hasEvents = status.events > 0
        if hasEvents, let time = options.time, status.withoutTime >= status.events {
            remarks.append("--time \(time.names): no event has a readable time there")
        } else {
            count(
                status.withoutTime, "event had", "events had",
                "no readable time and got the stream's; name the field with --time")
        }
        if hasEvents, status.withoutKey >= status.events, let by = options.counting.by ?? options.key {
            remarks.append("--by \(by.names): no event has it, so all of them were counted together")
        } else {
            count(
                status.withoutKey, "event has", "events have", "none of the fields counted by; together they are a key")
        }
        count(
            status.late, "event came when its window was closed and is",
            "events came when their windows were closed and are", "not counted; allow for it with --lateness")
        count(
            status.lost, "event is", "events are",
            "not counted, because the key left for others; count by a field of fewer values")
        count(
            status.farFuture, "event is", "events are",
            "stamped over a day ahead of this machine's clock and not counted; check the producer's clock")
        count(status.longKeys, "key was", "keys were", "too long and cut; count by other fields")
        count(
            status.closedEarly, "window", "windows",
            "closed early, because too many were open; take a shorter --lateness or a longer window")
        let zeros = counting.settings.silentWindows ?? 1_440
        count(
            counting.settings.by.isEmpty ? 0 : status.silences, "key was", "keys were",
            "silent for more than \(Readable.count(zeros)) \(zeros == 1 ? "window" : "windows") and got no more zeros (--zeros)"
        )
        count(
            counting.settings.by.isEmpty ? status.skippedWindows : 0, "window", "windows",
            "got no zero, because the stream was silent for too long (--zeros)")
        remarks += status.filterProblems
        if status.counted == 0 {
            for finding in findings where finding.severity == .neverMatches {
                remarks.append("\(finding) (by the stream's first events the filter never holds)")
            }
        }
        return remarks
    }
}
