#if NATS
import Testing

@testable import ForetailNATS

@Suite("A server's version")
struct NATSServerVersionTests {
    @Test("Versions are read and compared by their numbers")
    func comparing() throws {
        let versions = try ["2.9.10", "2.9.25", "2.10.9", "2.10.21", "2.10.22", "2.11.0-beta.1", "3.0.0"].map {
            try #require(NATSServerVersion($0))
        }
        #expect(versions == versions.sorted() && Set(versions).count == versions.count)
        #expect(versions.map { $0 < .agreeingReplicas } == [true, true, true, true, false, false, false])
        #expect(versions[5].description == "2.11.0")
        for text in ["", "2", "2.9", "2.9.", "2.9.1.0", "2.x.1", "-1.2.3", "two"] {
            #expect(NATSServerVersion(text) == nil, "\(text)")
        }
    }

    @Test("A server says its version; one that is gone says none", .enabled(if: NATSServer.isAvailable))
    func asking() async throws {
        let server = try await NATSServer.make()
        let connection = try await server.connect()
        let version = try #require(await connection.serverVersion())
        #expect(version >= NATSServerVersion(2, 2, 0))
        server.stop()
        try await eventually("the break is visible") { connection.state.phase == .reconnecting }
        #expect(await connection.serverVersion() == nil)
    }
}
#endif
