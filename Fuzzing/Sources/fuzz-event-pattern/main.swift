import FieldExtraction
import FilterLanguage
import FuzzSupport

// An event pattern, compiled and evaluated, held against a plain walk over pattern and event. The last line of the input is
// an event if it begins with a brace and is not all there is.

let events = [
    #"{"a":1,"b":{"c":"x","d":[1,2.5,"y"]},"s":"error","t":["a","b",{"k":1}],"f":1.5,"n":null,"ok":true}"#,
    #"{"a":"1","b":[{"c":["x","y"]},{"c":7,"d":null}],"s":["Error","e\n"],"t":{"k":[[1]]},"n":[]}"#, "{}",
].map { Array($0.utf8) }

func checkError(_ error: FilterError) {
    claim(error.field != nil && !error.message.isEmpty, "an error without its field: \(error)")
    claim(error.description.hasPrefix("pattern"), "an error that does not name the pattern: \(error)")
}

Fuzzer.run { bytes in
    let (text, event) = FilterCheck.divide(bytes)
    guard let source = String(validating: text, as: UTF8.self) else { return }
    do throws(FilterError) {
        let filter = try Filter(pattern: source)
        FilterCheck.explain(filter)
        guard let pattern = try? JSONValue(parsing: text) else {
            claim(false, "a pattern that is no JSON")
            return
        }
        for event in event.map({ [$0] }) ?? events {
            guard let outcome = FilterCheck.outcome(filter, event), let value = try? JSONValue(parsing: event) else {
                continue
            }
            let expected = PatternModel.matches(pattern, value)
            claim(outcome == (expected ? .match : .noMatch), "\(outcome), by the plain walk \(expected)")
        }
    } catch {
        checkError(error)
    }
}
