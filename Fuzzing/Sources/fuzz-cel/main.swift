import FieldExtraction
import FilterLanguage
import FuzzSupport

// A CEL filter, compiled, explained and evaluated on events, alone and through the index. The last line of the input is an
// event if it begins with a brace.

let events = [
    #"{"a":1,"b":{"c":"x","d":[1,2.5,"y"]},"s":"error","t":["a","b",{"k":1}],"f":1.5,"n":null,"ok":true}"#,
    #"{"a":"1","b":[],"s":7,"t":{"x":1,"a":2},"f":-0.0,"n":9007199254740993,"ok":"t\u0072ue"}"#, "{}",
].map { Array($0.utf8) }

func checkError(_ error: FilterError, _ source: String) {
    var lines = source.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(\.count)
    if lines.isEmpty { lines = [0] }
    claim((1...lines.count).contains(error.line), "line \(error.line) of \(lines.count): \(error)")
    let width = lines[error.line - 1]
    claim((1...(width + 1)).contains(error.column), "column \(error.column) of \(width): \(error)")
    claim(error.field == nil && !error.message.isEmpty, "an error without a sentence: \(error)")
}

/// The same filter written otherwise, which must say the same.
func checkDisguised(_ source: String, _ event: [UInt8], _ isMatch: Bool) {
    for other in ["(\(source)\n)", "true && (\(source)\n)", "(\(source)\n) || false", "[0].all(_, \(source)\n)"] {
        do throws(FilterError) {
            let filter = try Filter(other)
            let outcome = FilterCheck.outcome(filter, event)
            claim(outcome?.isMatch == isMatch, "\(other) gives \(outcome as Any)")
        } catch {
            claim(error.code == .limitExceeded, "\(other) is refused: \(error)")
        }
    }
}

Fuzzer.run { bytes in
    let (text, event) = FilterCheck.divide(bytes)
    guard let source = String(validating: text, as: UTF8.self) else { return }
    do throws(FilterError) {
        let filter = try Filter(source)
        claim(filter.source == source, "the filter's source is another")
        FilterCheck.explain(filter)
        for event in event.map({ [$0] }) ?? events {
            guard let outcome = FilterCheck.outcome(filter, event) else { continue }
            checkDisguised(source, event, outcome.isMatch)
        }
    } catch {
        checkError(error, source)
    }
    do throws(FilterError) {
        _ = try Expression(source, variables: ["event", "x"]).evaluate(bindings: ["x": .int(1)])
    } catch {
        checkError(error, source)
    }
}
