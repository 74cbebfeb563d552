#if Server
import FieldExtraction
import Foretail
import Testing

@testable import ForetailServer

@Suite("Configuration") struct ConfigurationLoaderTests {
    /// Loads a file with the given text, and removes it.
    private func load(
        _ text: String, flags: [String: String] = [:], environment: [String: String] = [:]
    ) async throws -> ServerConfiguration {
        let folder = TestServer.temporaryFolder()
        defer { TestServer.remove(folder) }
        try append(text, to: "\(folder)/foretail.yaml")
        return try await ConfigurationLoader.load(
            file: "\(folder)/foretail.yaml", flags: flags, environment: environment)
    }

    @Test("A flag goes before the environment, the environment before the file, the file before the default")
    func precedence() async throws {
        let text = """
            listen: 127.0.0.1:7001
            shards: 2
            retention:
              age: 7d
            limits:
              subscribers: 100
              lineBytes: 64KiB
            """
        let configuration = try await load(
            text, flags: ["listen": "127.0.0.1:7003"],
            environment: ["FORETAIL_LISTEN": "127.0.0.1:7002", "FORETAIL_LIMITS_SUBSCRIBERS": "200"])
        #expect(configuration.port == 7_003)
        #expect(configuration.limits.subscribers == 200)
        #expect(configuration.shards == 2)
        #expect(configuration.streamDefaults.retentionMicroseconds == 604_800_000_000)
        #expect(configuration.manager.limits.scan.line == 65_536)
        #expect(configuration.dataFolder == ServerConfiguration().dataFolder)
    }

    @Test(
        "A slip is told with its place",
        arguments: [
            ("shard: 2", "shard"), ("limits:\n  subscriber: 5", "limits.subscriber"), ("shards: many", "shards"),
            ("listen: nowhere", "listen"), ("- a", "expected settings"), ("listen: 0.0.0.0:7070", "listen"),
        ])
    func slips(text: String, part: String) async throws {
        let error = await #expect(throws: StartError.self) { try await load(text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("Every setting shows a value that it reads back")
    func showsWhatItReads() {
        for setting in Setting.all {
            var configuration = ServerConfiguration()
            let shown = setting.show(configuration)
            if setting.key != "insecureRemote" { #expect(setting.apply(shown, &configuration), "\(setting.key)") }
            #expect(setting.show(configuration) == shown, "\(setting.key)")
        }
    }
}
#endif
