import FieldExtraction
import Testing

@Suite(
    .enabled(
        if: !SharedData.parsingCases.isEmpty,
        "data/filters/json-parsing.jsonl is not in \(SharedData.folder); set FORETAIL_SHARED"))
struct JSONConformanceTests {
    @Test("every document of the parsing suite is judged as the suite says", arguments: SharedData.parsingCases)
    func suite(document: SharedData.ParsingCase) {
        let result = ScanHarness(document.bytes, [FieldPath([]), FieldPath("a")]).result
        switch document.expect {
        case "accept": #expect(result.isValid, "\(result)")
        case "reject": #expect(!result.isValid)
        default: break
        }
        // One verdict for all ways in.
        #expect(result.isValid == ((try? JSONValue(parsing: document.bytes)) != nil))
    }

    @Test("the scanner and a plain parser agree on every document", arguments: SharedData.parsingCases)
    func reference(document: SharedData.ParsingCase) {
        #expect(JSONScanner.validate(document.bytes).isValid == (ReferenceJSON.parse(document.bytes) != nil))
    }
}
