import FieldExtraction

/// Records as NDJSON, one object a line: the objects of DESIGN section 7.1.
public struct NDJSONRenderer: RecordRenderer {
    /// Creates a renderer.
    public init() {}

    /// Appends one record and its newline.
    public mutating func render(
        _ action: Actions.Action, of actions: borrowing Actions, names: StreamNames, into output: inout [UInt8]
    ) {
        switch action {
        case .forward(let forward):
            Self.append(forward, event: actions.events[forward.event], bytes: actions.bytes, to: &output)
        case .announce(let prediction, _): Self.append(prediction, names: names, to: &output)
        case .outcome(let outcome, _): Self.append(outcome, names: names, to: &output)
        case .gap(let gap, let request, _): Self.append(gap, request: request, to: &output)
        case .train, .expire: break
        }
    }

    private static func append(
        _ forward: Actions.Forward, event: Actions.MatchedEvent, bytes: borrowing [UInt8], to output: inout [UInt8]
    ) {
        output.append(#"{"kind":"event","request":"tr_"#)
        output.append(decimal: Int64(forward.request.number))
        output.append(#"","stream":"#)
        JSONString.append(event.stream, to: &output)
        output.append(#","position":""#)
        output.append(event.position)
        if let key = event.key {
            output.append(#"","key":"#)
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe JSONString.append(UnsafeBufferPointer(rebasing: bytes[key]), to: &output)
            }
            output.append(#","time":""#)
        } else {
            output.append(#"","time":""#)
        }
        event.time.append(to: &output)
        output.append(#"","event":"#)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[event.body]))
        }
        if let prediction = forward.prediction {
            output.append(#","prediction":"p_"#)
            output.append(decimal: Int64(bitPattern: prediction.number))
            output.append(#"","lead":"#)
            output.append(seconds: forward.leadMicroseconds)
        }
        output.append("}\n")
    }

    private static func append(_ prediction: Prediction, names: StreamNames, to output: inout [UInt8]) {
        output.append(#"{"kind":"prediction","request":"tr_"#)
        output.append(decimal: Int64(prediction.request.number))
        output.append(#"","id":"p_"#)
        output.append(decimal: Int64(bitPattern: prediction.id.number))
        output.append(#"","stream":"#)
        JSONString.append(names.streamName, to: &output)
        if names.hasKey {
            output.append(#","key":"#)
            JSONString.append(prediction.key, to: &output)
        }
        output.append(#","slot":"#)
        output.append(decimal: Int64(prediction.slot))
        output.append(#","step":"#)
        output.append(decimal: Int64(prediction.step))
        output.append(#","time":""#)
        prediction.time.append(to: &output)
        output.append(#"","window":[""#)
        prediction.windowStart.append(to: &output)
        output.append(#"",""#)
        prediction.windowEnd.append(to: &output)
        output.append(#""],"fields":{"#)
        var isFirst = true
        for field in prediction.fields {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            append(field, names: names, to: &output)
        }
        output.append(#"},"matchProbability":"#)
        output.append(probability: prediction.matchProbability)
        output.append(#","confidence":"#)
        output.append(probability: prediction.confidence)
        output.append(#","baseRate":"#)
        output.append(probability: prediction.baseRate)
        output.append(#","expires":""#)
        prediction.expires.append(to: &output)
        output.append("\"}\n")
    }

    private static func append(_ field: FieldPrediction, names: StreamNames, to output: inout [UInt8]) {
        JSONString.append(names.field(field.field), to: &output)
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

    private static func append(_ value: StreamNames.CategoryValue, to output: inout [UInt8]) {
        switch value {
        case .text(let text): JSONString.append(text, to: &output)
        case .boolean(let value): output.append(value ? "true" : "false")
        }
    }

    private static func appendName(_ value: StreamNames.CategoryValue, to output: inout [UInt8]) {
        switch value {
        case .text(let text): JSONString.append(text, to: &output)
        case .boolean(let value): output.append(value ? #""true""# : #""false""#)
        }
    }

    private static func append(_ outcome: Outcome, names: StreamNames, to output: inout [UInt8]) {
        output.append(#"{"kind":"outcome","request":"tr_"#)
        output.append(decimal: Int64(outcome.prediction.request.number))
        output.append(#"","prediction":"p_"#)
        output.append(decimal: Int64(bitPattern: outcome.prediction.id.number))
        output.append(#"","result":""#)
        switch outcome.result {
        case .hit: output.append("hit\"")
        case .wrong: output.append("wrong\"")
        case .expired: output.append("expired\"")
        case .withdrawn: output.append("withdrawn\"")
        }
        if let reason = outcome.reason {
            output.append(#","reason":"#)
            JSONString.append(reason.name, to: &output)
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
                JSONString.append(names.field(error.field), to: &output)
                output.append(UInt8(ascii: ":"))
                output.append(rounded: error.error, like: outcome.prediction, field: error.field)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append("}\n")
    }

    private static func append(_ gap: Actions.Gap, request: TailRequestID, to output: inout [UInt8]) {
        output.append(#"{"kind":"gap","request":"tr_"#)
        output.append(decimal: Int64(request.number))
        output.append(#"","from":""#)
        output.append(gap.from)
        output.append(#"","to":""#)
        output.append(gap.to)
        output.append(#"","count":"#)
        output.append(decimal: Int64(gap.count))
        output.append(#","reason":"#)
        JSONString.append(gap.reason, to: &output)
        output.append("}\n")
    }
}
