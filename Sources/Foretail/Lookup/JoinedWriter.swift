import FieldExtraction

/// Writes the `lookups` of a record: for each lookup its rows, where they came from, their age and version.
///
///     "lookups":{"customer":{"source":"staged","age":0.41,"read":"2026-01-01T00:00:00.25Z","rows":[{"name":"Ada"}]}}
@safe final class JoinedWriter {
    private var writer = RecordWriter()

    /// Puts the member before a record's closing brace and newline.
    ///
    /// - Parameter resume: Where to go on after the record, where that is not its own position.
    func append<Tag>(
        _ parts: [LookupStage<Tag>.Joined], names: [[UInt8]], resume: Position?, now: LookupMoment,
        to record: inout [UInt8]
    ) {
        record.removeLast(2)
        if let resume {
            writer.append(#","resume":""#)
            writer.append(resume)
            writer.append(UInt8(ascii: "\""))
        }
        writer.append(#","lookups":{"#)
        for (place, part) in parts.enumerated() {
            if place > 0 { writer.append(UInt8(ascii: ",")) }
            writer.append(names[place])
            writer.append(#":{"source":"#)
            switch part {
            case .staged(let rows, let readAt):
                writer.append(#""staged""#)
                append(rows, readAt: readAt, now: now)
            case .fetched(let rows, let readAt):
                writer.append(#""fetched""#)
                append(rows, readAt: readAt, now: now)
            case .timeout, .waiting: writer.append(#""timeout""#)
            case .none(let reason):
                writer.append(#""none","reason":"#)
                writer.append(json: Array(reason.utf8))
            }
            writer.append(UInt8(ascii: "}"))
        }
        writer.append("}}\n")
        writer.flush(into: &record)
    }

    private func append(_ rows: ReferenceRows, readAt: Int64, now: LookupMoment) {
        writer.append(#","age":"#)
        writer.append(seconds: now.monotonic - readAt)
        writer.append(#","read":"#)
        writer.append(now.wall(at: readAt))
        if let version = rows.version {
            writer.append(#","version":"#)
            writer.append(json: Array(version.utf8))
        }
        if rows.isCut { writer.append(#","cut":true"#) }
        writer.append(#","rows":"#)
        writer.append(rows.json)
    }
}
