#if Server
import HTTPTypes
import Testing

@testable import ForetailServer

@Suite("Route") struct RouteTests {
    @Test(
        "A path leads to its route",
        arguments: [
            ("/", Route.page), ("/v1/streams", .streams), ("/v1/streams/a%2Db", .stream("a-b")),
            ("/v1/streams/s/events", .events("s")),
            ("/v1/tail-requests/tr_1/buffer/predictions", .requestPredictions("tr_1")),
        ])
    func known(path: String, route: Route) { #expect(Route(path: path) == route) }

    @Test(
        "A path that is not there leads nowhere",
        arguments: [
            "", "/v2/streams", "/v1/streams/", "/v1/streams/s/", "/v1/streams/s/events/x", "/v1/streams/%FF", "//",
        ])
    func unknown(path: String) { #expect(Route(path: path) == nil) }
}
#endif
