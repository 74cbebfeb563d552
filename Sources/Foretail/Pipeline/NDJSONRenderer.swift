import FieldExtraction

/// Records as NDJSON, one object a line: the objects of docs/records.md.
///
/// Each record is written into a block of its own and copied out whole; a renderer is used by one task.
public struct NDJSONRenderer: RecordRenderer {
    private let block = Block()

    /// The writer, in a place that stays put, and without a check of exclusivity for each of its many stores.
    @safe private final class Block {
        let writer: UnsafeMutablePointer<RecordWriter>

        init() {
            unsafe writer = .allocate(capacity: 1)
            unsafe writer.initialize(to: RecordWriter())
        }

        deinit {
            unsafe writer.deinitialize(count: 1)
            unsafe writer.deallocate()
        }
    }

    /// Creates a renderer.
    public init() {}

    /// Appends one record and its newline.
    public mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        switch action {
        case .forward(let forward):
            unsafe Self.append(
                forward, event: actions.events[forward.event], bytes: actions.bytes, names: names,
                to: &block.writer.pointee)
        case .announce(let prediction, _): unsafe Self.append(prediction, names: names, to: &block.writer.pointee)
        case .outcome(let outcome, _): unsafe Self.append(outcome, names: names, to: &block.writer.pointee)
        case .gap(let gap, let request, _): unsafe Self.append(gap, request: request, to: &block.writer.pointee)
        case .watch(let watch, _): unsafe Self.append(watch, names: names, to: &block.writer.pointee)
        case .train, .expect, .follow: return
        }
        unsafe block.writer.pointee.flush(into: &output)
    }

    private static func append(
        _ forward: Actions.Forward, event: Actions.MatchedEvent, bytes: borrowing [UInt8], names: StreamNames,
        to output: inout RecordWriter
    ) {
        output.append(#"{"kind":"event""#)
        // An event of the history belongs to no request.
        if forward.request.number > 0 {
            output.append(#","request":"tr_"#)
            output.append(integer: Int64(forward.request.number))
            output.append(UInt8(ascii: "\""))
        }
        output.append(#","stream":"#)
        output.append(names.streamText)
        output.append(#","position":""#)
        output.append(event.position)
        if let key = event.key {
            output.append(#"","key":"#)
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe output.append(json: UnsafeBufferPointer(rebasing: bytes[key]))
            }
            output.append(#","time":"#)
        } else {
            output.append(#"","time":"#)
        }
        output.append(event.time)
        output.append(#","event":"#)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe output.append(UnsafeBufferPointer(rebasing: bytes[event.body]))
        }
        if let surprise = event.surprise {
            output.append(#","surprise":"#)
            output.append(mantissa: Int64((surprise * 10).rounded()), decimals: 1)
        }
        if let prediction = forward.prediction {
            output.append(#","prediction":"p_"#)
            output.append(integer: Int64(bitPattern: prediction.number))
            output.append(#"","lead":"#)
            output.append(seconds: forward.leadMicroseconds)
        }
        output.append("}\n")
    }

    private static func append(_ prediction: Prediction, names: StreamNames, to output: inout RecordWriter) {
        output.append(#"{"kind":"prediction","request":"tr_"#)
        output.append(integer: Int64(prediction.request.number))
        output.append(#"","id":"p_"#)
        output.append(integer: Int64(bitPattern: prediction.id.number))
        output.append(#"","stream":"#)
        output.append(names.streamText)
        if names.hasKey {
            output.append(#","key":"#)
            output.append(json: prediction.key)
        }
        output.append(#","slot":"#)
        output.append(integer: Int64(prediction.slot))
        output.append(#","step":"#)
        output.append(integer: Int64(prediction.step))
        output.append(#","time":"#)
        output.append(prediction.time)
        output.append(#","window":["#)
        output.append(prediction.windowStart)
        output.append(UInt8(ascii: ","))
        output.append(prediction.windowEnd)
        output.append(#"],"fields":{"#)
        append(prediction.fields, names: names, to: &output)
        output.append(#"},"matchProbability":"#)
        output.append(probability: prediction.matchProbability)
        output.append(#","confidence":"#)
        output.append(probability: prediction.confidence)
        output.append(#","baseRate":"#)
        output.append(probability: prediction.baseRate)
        output.append(#","expires":"#)
        output.append(prediction.expires)
        output.append("}\n")
    }

    /// Appends what is expected of fields, as members of an object.
    static func append(_ fields: [FieldPrediction], names: StreamNames, to output: inout RecordWriter) {
        var isFirst = true
        for field in fields {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            append(field, names: names, to: &output)
        }
    }

    private static func append(_ field: FieldPrediction, names: StreamNames, to output: inout RecordWriter) {
        output.append(names.fieldText(field.field))
        switch field.content {
        case .numeric(let numeric):
            output.append(#":{"value":"#)
            output.append(numeric.value)
            output.append(#","low":"#)
            output.append(numeric.low)
            output.append(#","high":"#)
            output.append(numeric.high)
            if let tolerance = numeric.tolerance {
                output.append(#","tolerance":"#)
                output.append(tolerance)
            }
        case .category(let category):
            output.append(#":{"value":"#)
            append(names.value(category.best.symbol, field: field.field), to: &output)
            output.append(#","probability":"#)
            output.append(share: category.best.probability)
            if !category.alternatives.isEmpty {
                output.append(#","alternatives":{"#)
                var isFirst = true
                for choice in category.alternatives {
                    if !isFirst { output.append(UInt8(ascii: ",")) }
                    isFirst = false
                    appendName(names.value(choice.symbol, field: field.field), to: &output)
                    output.append(UInt8(ascii: ":"))
                    output.append(share: choice.probability)
                }
                output.append(UInt8(ascii: "}"))
            }
            output.append(#","rest":"#)
            output.append(share: category.rest)
            if category.isAsserted { output.append(#","asserted":true"#) }
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func append(_ value: StreamNames.CategoryValue, to output: inout RecordWriter) {
        switch value {
        case .text(let text): output.append(json: text)
        case .boolean(let value): output.append(value ? "true" : "false")
        }
    }

    private static func appendName(_ value: StreamNames.CategoryValue, to output: inout RecordWriter) {
        switch value {
        case .text(let text): output.append(json: text)
        case .boolean(let value): output.append(value ? #""true""# : #""false""#)
        }
    }

    private static func append(_ outcome: Outcome, names: StreamNames, to output: inout RecordWriter) {
        output.append(#"{"kind":"outcome","request":"tr_"#)
        output.append(integer: Int64(outcome.prediction.request.number))
        output.append(#"","prediction":"p_"#)
        output.append(integer: Int64(bitPattern: outcome.prediction.id.number))
        output.append(#"","result":""#)
        switch outcome.result {
        case .hit: output.append("hit\"")
        case .wrong: output.append("wrong\"")
        case .expired: output.append("expired\"")
        case .withdrawn: output.append("withdrawn\"")
        }
        if let reason = outcome.reason {
            output.append(#","reason":"#)
            output.append(json: Array(reason.name.utf8))
        }
        if let position = outcome.position {
            output.append(#","position":""#)
            output.append(position)
            output.append(UInt8(ascii: "\""))
        }
        if let lead = outcome.leadMicroseconds {
            output.append(#","lead":"#)
            output.append(seconds: lead)
        }
        if !outcome.errors.isEmpty {
            output.append(#","error":{"#)
            var isFirst = true
            for error in outcome.errors {
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                output.append(names.fieldText(error.field))
                output.append(UInt8(ascii: ":"))
                append(error, like: outcome.prediction, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append("}\n")
    }

    private static func append(_ gap: Actions.Gap, request: TailRequestID, to output: inout RecordWriter) {
        output.append(#"{"kind":"gap""#)
        if request.number > 0 {
            output.append(#","request":"tr_"#)
            output.append(integer: Int64(request.number))
            output.append(UInt8(ascii: "\""))
        }
        output.append(#","from":""#)
        output.append(gap.from)
        output.append(#"","to":""#)
        output.append(gap.to)
        output.append(#"","count":"#)
        output.append(integer: Int64(gap.count))
        output.append(#","reason":"#)
        output.append(json: Array(gap.reason.utf8))
        output.append("}\n")
    }

    private static func append(_ watch: WatchRecord, names: StreamNames, to output: inout RecordWriter) {
        output.append(#"{"kind":"watch","id":"w_"#)
        output.append(integer: Int64(bitPattern: watch.id))
        output.append(#"","request":"tr_"#)
        output.append(integer: Int64(watch.request.number))
        output.append(#"","stream":"#)
        output.append(names.streamText)
        if names.hasKey, !watch.isWhole {
            output.append(#","key":"#)
            output.append(json: watch.key)
        }
        output.append(#","watch":"#)
        output.append(json: Array(watch.kind.name.utf8))
        output.append(#","state":"#)
        output.append(json: Array(watch.state.name.utf8))
        if let reason = watch.reason {
            output.append(#","reason":"#)
            output.append(json: Array(reason.name.utf8))
        }
        if let position = watch.position {
            output.append(#","position":""#)
            output.append(position)
            output.append(UInt8(ascii: "\""))
        }
        output.append(#","time":"#)
        output.append(watch.time)
        output.append(#","probability":"#)
        output.append(probability: watch.probability)
        output.append(#","window":["#)
        output.append(watch.windowStart)
        output.append(UInt8(ascii: ","))
        output.append(watch.windowEnd)
        output.append(watch.isCalibrated ? #"],"calibrated":true"# : #"],"calibrated":false"#)
        output.append("}\n")
    }

    /// Appends a difference with the digits its prediction was printed with.
    private static func append(
        _ error: Outcome.FieldError, like prediction: Prediction, to output: inout RecordWriter
    ) {
        var exponent = Int(Int8.min)
        for field in prediction.fields where field.field == error.field {
            if case .numeric(let numeric) = field.content { exponent = Int(numeric.value.exponent) }
        }
        output.append(PrintedNumber(error.error, exponent: exponent))
    }
}
