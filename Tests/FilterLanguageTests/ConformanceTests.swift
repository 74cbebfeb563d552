import FieldExtraction
import FilterLanguage
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Runs the conformance cases of the CEL specification that are kept beside the repository.
@Suite("Conformance with CEL")
struct ConformanceTests {
    /// The least number of cases each file must pass: what has been reached, never to be lowered.
    static let floors: [(file: String, passed: Int)] = [
        ("basic", 43), ("comparisons", 334), ("conversions", 109), ("fields", 60), ("fp_math", 30),
        ("integer_math", 64),
        ("lists", 39), ("logic", 30), ("macros", 44), ("namespace", 14),
        // Two of them with their value as the specification has it; see ``ConformanceCase/errata``.
        ("parse", 193), ("plumbing", 5), ("string", 51), ("timestamps", 75), ("string_ext", 213), ("math_ext", 199),
        ("optionals", 59), ("macros2", 46), ("bindings_ext", 8),
    ]

    @Test("The files of the specification pass as far as they ever did")
    func files() throws {
        guard let cases = try ConformanceCase.load() else {
            print("conformance: no cases found; set FORETAIL_SHARED to the folder that holds data/filters")
            return
        }
        var passed: [String: Int] = [:]
        var total: [String: Int] = [:]
        for test in cases {
            total[test.file, default: 0] += 1
            if let reason = test.failure() {
                if getenv("FORETAIL_CONFORMANCE_VERBOSE") != nil {
                    print("\(test.file) \(test.name): \(test.expression) → \(reason)")
                }
            } else {
                passed[test.file, default: 0] += 1
            }
        }
        for (file, count) in total.sorted(by: { $0.key < $1.key }) {
            let name = file + String(repeating: " ", count: 16 - file.count)
            print("conformance: \(name) \(passed[file] ?? 0) of \(count)")
        }
        let core = ConformanceCase.core
        let reached = core.reduce(0) { $0 + (passed[$1] ?? 0) }
        print("conformance: core             \(reached) of \(core.reduce(0) { $0 + (total[$1] ?? 0) })")
        for floor in Self.floors {
            #expect(passed[floor.file] ?? 0 >= floor.passed, "\(floor.file)")
        }
    }
}
