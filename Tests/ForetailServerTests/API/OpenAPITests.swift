#if Server
import FieldExtraction
import HTTPTypes
import Testing

@testable import ForetailServer

@Suite("OpenAPI document")
struct OpenAPITests {
    private let document: JSONValue

    init() throws {
        // The document has more members than an event may have.
        document = try JSONValue(parsing: PackageResources.openapi_json, limits: ScanLimits(fields: 1 << 20))
    }

    @Test("Its paths are those of the server")
    func paths() throws {
        let documented = Set(try Self.members(document["paths"]).map(\.key))
        let known = Set(Route.all.map(\.template))
        #expect(documented.subtracting(known).sorted() == [], "described, but the server does not know them")
        #expect(known.subtracting(documented).sorted() == [], "known to the server, but not described")
    }

    @Test("Each path has the methods that the server answers", arguments: Route.all)
    func methods(route: Route) throws {
        let verbs: Set = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        let documented = try Self.members(document["paths"]?[route.template]).map(\.key).filter(verbs.contains)
        #expect(documented.sorted() == route.methods.map { $0.rawValue.lowercased() }.sorted())
    }

    @Test("Each template leads to its route", arguments: Route.all)
    func templates(route: Route) {
        #expect(Route(path: route.template) == route)
    }

    @Test("No route is named twice, and each name of an operation once")
    func names() throws {
        #expect(Set(Route.all.map(\.template)).count == Route.all.count)
        var names: [String] = []
        for path in try Self.members(document["paths"]) {
            for operation in try Self.members(path.value) {
                if case .string(let name) = operation.value["operationId"] { names.append(name) }
            }
        }
        #expect(names.count == Route.all.reduce(0) { $0 + $1.methods.count })
        #expect(Set(names).count == names.count)
    }

    @Test("It has the version of the server")
    func version() {
        #expect(document["info"]?["version"] == .string(ServerVersion.current))
        #expect(document["openapi"] == .string("3.1.0"))
    }

    @Test("Every reference leads somewhere")
    func references() throws {
        var open = [document]
        while let value = open.popLast() {
            switch value {
            case .array(let values): open += values
            case .object(let members):
                open += members.map(\.value)
                guard case .string(let reference) = value["$ref"] else { continue }
                let parts = reference.split(separator: "/")
                try #require(parts.first == "#", "\(reference)")
                var target: JSONValue? = document
                for part in parts.dropFirst() { target = target?[String(part)] }
                #expect(target != nil, "\(reference)")
            default: break
            }
        }
    }

    private static func members(_ value: JSONValue?) throws -> [JSONValue.Member] {
        guard case .object(let members) = value else {
            throw JSONMismatch(description: "expected an object, not \(String(describing: value).prefix(80))")
        }
        return members
    }
}

/// A part of the document is not what it has to be.
private struct JSONMismatch: Error, CustomStringConvertible {
    let description: String
}
#endif
