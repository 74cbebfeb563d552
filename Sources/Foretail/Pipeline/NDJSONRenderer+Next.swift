import FieldExtraction

extension NextPrediction {
    /// The prediction as one line of JSON, as `GET /v1/tail-requests/{id}/next` answers; docs/api.md.
    ///
    ///     {"key":"web-1","time":"…","window":["…","…"],"step":10,"in":"10m","fields":{"count":{"value":52,"low":41,"high":63}},
    ///      "matchProbability":0.97,"confidence":0.8,"made":"…","now":"…"}
    ///
    /// - Parameter names: The names of the request's stream, of the moment in which it was asked.
    public func json(names: StreamNames) -> [UInt8] {
        var writer = RecordWriter()
        writer.append(UInt8(ascii: "{"))
        if names.hasKey {
            writer.append(#""key":"#)
            writer.append(json: key)
            writer.append(UInt8(ascii: ","))
        }
        writer.append(#""time":"#)
        writer.append(time)
        writer.append(#","window":["#)
        writer.append(window.lowerBound)
        writer.append(UInt8(ascii: ","))
        writer.append(window.upperBound)
        writer.append(#"],"step":"#)
        writer.append(integer: Int64(step))
        writer.append(#","in":"#)
        writer.append(json: Array(Self.text(inMicroseconds).utf8))
        writer.append(#","fields":{"#)
        NDJSONRenderer.append(fields, names: names, to: &writer)
        writer.append(#"},"matchProbability":"#)
        writer.append(probability: matchProbability)
        writer.append(#","confidence":"#)
        writer.append(probability: confidence)
        writer.append(#","made":"#)
        writer.append(made)
        writer.append(#","now":"#)
        writer.append(asked)
        writer.append("}\n")
        var output: [UInt8] = []
        writer.flush(into: &output)
        return output
    }

    /// The shortest text of a duration: `10m`, `90s`, `1500ms`.
    private static func text(_ microseconds: Int64) -> String {
        let units: [(suffix: String, size: Int64)] = [
            ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000),
        ]
        for unit in units where microseconds % unit.size == 0 && (microseconds != 0 || unit.suffix == "s") {
            return "\(microseconds / unit.size)\(unit.suffix)"
        }
        return "\(microseconds)us"
    }
}
