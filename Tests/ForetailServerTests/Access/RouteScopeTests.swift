#if Server
import HTTPTypes
import Testing

@testable import ForetailServer

/// What each route needs, written down a second time: a new route has no line here, and fails.
@Suite("Scopes of routes") struct RouteScopeTests {
    private static let read = Route.Need.scopes([.read])
    private static let tend = Route.Need.scopes([.read, .write])

    private static let needs: [String: Route.Need] = [
        "GET /v1/streams": read, "GET /v1/streams/{name}": read, "PUT /v1/streams/{name}": .scopes([.admin]),
        "DELETE /v1/streams/{name}": .scopes([.admin]), "POST /v1/streams/{name}/events": .scopes([.write]),
        "GET /v1/streams/{name}/history": read, "GET /v1/streams/{name}/tail": read, "GET /v1/tail-requests": read,
        "POST /v1/tail-requests": tend, "GET /v1/tail-requests/{id}": read, "PATCH /v1/tail-requests/{id}": tend,
        "DELETE /v1/tail-requests/{id}": tend, "GET /v1/tail-requests/{id}/events": read,
        "GET /v1/tail-requests/{id}/next": read, "GET /v1/tail-requests/{id}/confidence": read,
        "GET /v1/tail-requests/{id}/buffer": read, "GET /v1/tail-requests/{id}/buffer/predictions": read,
        "GET /v1/dead-letters": read, "DELETE /v1/dead-letters": tend, "POST /v1/dead-letters/replay": tend,
        "GET /v1/dead-letters/{id}": read, "DELETE /v1/dead-letters/{id}": tend,
        "POST /v1/dead-letters/{id}/replay": tend, "GET /v1/tokens": .everything, "POST /v1/tokens": .everything,
        "GET /v1/tokens/{id}": .token, "DELETE /v1/tokens/{id}": .everything, "POST /v1/tickets": read,
        "GET /health/live": .nothing, "GET /health/ready": .token, "GET /v1/status": read, "GET /metrics": read,
        "GET /openapi.json": .token, "GET /": .token,
    ]

    @Test("Each route and method needs what is written down", arguments: Route.all)
    func needs(route: Route) {
        for method in route.methods {
            let name = "\(method.rawValue) \(route.template)"
            #expect(Self.needs[name] == route.need(method), "\(name)")
        }
        #expect(route.methods.contains(.get) ? route.need(.head) == route.need(.get) : true)
    }

    @Test("Nothing is written down that there is not")
    func strangers() {
        let known = Set(Route.all.flatMap { route in route.methods.map { "\($0.rawValue) \(route.template)" } })
        #expect(Set(Self.needs.keys) == known)
    }

    @Test("What has a name or an id in its path is about that", arguments: Route.all)
    func subjects(route: Route) {
        let isNamed = route.template.contains("{")
        #expect((route.object != nil) == isNamed, "\(route.template)")
        guard isNamed, !route.template.hasPrefix("/v1/tokens") else {
            #expect(route.subject == .nothing)
            return
        }
        #expect(route.subject != .nothing, "\(route.template)")
    }
}
#endif
