#if Server && NATS
import FieldExtraction

/// What the owners say of a request, put together: counts are added, ratios weighted by what they were made of.
struct PartitionSum {
    private let answers: OwnerQuestions.Answers

    init(_ answers: OwnerQuestions.Answers) { self.answers = answers }

    private var documents: [JSONValue] { answers.parts.map(\.document) }

    /// The sum of a count.
    private func total(_ name: String) -> JSONValue {
        .number(documents.reduce(0) { $0 + ($1[name]?.wholeNumber ?? 0) })
    }

    /// The mean of a ratio, over those who state it; nil where nobody does.
    private func mean(_ name: String, weighing weight: (JSONValue) -> Int) -> Double? {
        Self.mean(documents.map { ($0[name]?.ratio, weight($0)) })
    }

    private static func mean(_ values: [(value: Double?, weight: Int)]) -> Double? {
        var (sum, weights) = (0.0, 0.0)
        for case (let value?, let weight) in values where weight > 0 {
            sum += value * Double(weight)
            weights += Double(weight)
        }
        return weights > 0 ? sum / weights : nil
    }

    private static func samples(_ document: JSONValue) -> Int { document["samples"]?.wholeNumber ?? 0 }

    /// Records of a document's steps that were judged.
    private static func judged(_ document: JSONValue) -> Int {
        (document["steps"]?.list ?? []).reduce(0) { sum, step in
            ["hits", "wrong", "expired"].reduce(sum) { $0 + (step[$1]?.wholeNumber ?? 0) }
        }
    }

    /// Figures by step, added.
    private var steps: [(number: Int, hits: Int, document: JSONValue)] {
        var byNumber: [Int: [(step: JSONValue, samples: Int)]] = [:]
        for document in documents {
            for step in document["steps"]?.list ?? [] {
                guard let number = step["step"]?.wholeNumber else { continue }
                byNumber[number, default: []].append((step, Self.samples(document)))
            }
        }
        return byNumber.sorted { $0.key < $1.key }.map { number, parts in
            func total(_ name: String) -> Int { parts.reduce(0) { $0 + ($1.step[name]?.wholeNumber ?? 0) } }
            let confidence = Self.mean(parts.map { ($0.step["meanConfidence"]?.ratio, $0.samples) })
            let document = JSONValue(members: [
                ("step", .number(number)), ("hits", .number(total("hits"))), ("wrong", .number(total("wrong"))),
                ("expired", .number(total("expired"))), ("meanConfidence", .number(confidence ?? 0)),
            ])
            return (number, total("hits"), document)
        }
    }

    /// The models of all partitions, by their mean weight.
    private var models: JSONValue {
        var weights: [String: Double] = [:]
        let all = documents.reduce(0) { $0 + Self.samples($1) }
        for document in documents where all > 0 {
            for model in document["models"]?.list ?? [] {
                guard let name = model["name"]?.string, let weight = model["weight"]?.ratio else { continue }
                weights[name, default: 0] += weight * Double(Self.samples(document)) / Double(all)
            }
        }
        return .array(
            weights.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                JSONValue(members: [("name", .string($0.key)), ("weight", .double($0.value))])
            })
    }

    /// Which partitions are in it, each with a few figures of its own, and which are not.
    private func parts(_ names: [String]) -> [(String, JSONValue?)] {
        [
            (
                "partitions",
                .array(
                    answers.parts.map { part in
                        JSONValue(
                            members: [("partition", .number(part.partition)), ("node", .string(part.node))]
                                + names.map { ($0, part.document[$0]) })
                    })
            ),
            ("missing", .array(answers.missing.map(JSONValue.number))),
        ]
    }

    /// `GET /v1/tail-requests/{id}/confidence`.
    func confidence(id: String) -> JSONValue {
        let steps = steps
        let (judged, hits) = (documents.reduce(0) { $0 + Self.judged($1) }, steps.reduce(0) { $0 + $1.hits })
        let unpredictable = Set(documents.flatMap { ($0["unpredictable"]?.list ?? []).compactMap(\.string) })
        return JSONValue(
            members: [
                ("id", .string(id)), ("confidence", .number(mean("confidence", weighing: Self.samples))),
                ("hitRatio", .number(mean("hitRatio", weighing: Self.samples))),
                ("precision", .number(judged > 0 ? Double(hits) / Double(judged) : nil)),
                ("skill", .number(mean("skill", weighing: Self.samples))),
                ("calibrationError", .number(mean("calibrationError", weighing: Self.judged))),
                ("samples", total("samples")), ("steps", .array(steps.map(\.document))), ("models", models),
                ("unpredictable", .array(unpredictable.sorted().map(JSONValue.string))),
            ] + parts(["confidence", "hitRatio", "samples"]))
    }

    /// `GET /v1/tail-requests/{id}/buffer`.
    func buffer(id: String) -> JSONValue {
        let counts = [
            "size", "predictions", "staged", "capacity", "bytes", "peakBytes", "budgetBytes", "hits", "alternativeHits",
            "misses", "evictions", "expirations", "refusals",
        ]
        return JSONValue(
            members: [("id", .string(id)), ("ttl", documents.first?["ttl"])] + counts.map { ($0, total($0)) }
                + parts(["size", "predictions", "bytes"]))
    }

    /// `GET /v1/tail-requests/{id}/buffer/predictions`: lines of all partitions, so many at most.
    func predictions(limit: Int) -> [UInt8] {
        var (lines, count) = ([UInt8](), 0)
        for document in documents {
            for line in (document.string ?? "").utf8.split(separator: 0x0A) where count < limit {
                lines.append(contentsOf: line)
                lines.append(0x0A)
                count += 1
            }
        }
        return lines
    }
}

extension JSONValue {
    /// A number, however it is written.
    fileprivate var ratio: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
#endif
