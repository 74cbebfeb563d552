#if NATS
import Foundation

/// An authority, and certificates that it signed, in a folder that goes with the object. Made by openssl.
final class Certificates: Sendable {
    /// Whether tests with certificates can run; says once why not.
    static let isAvailable: Bool = {
        let isThere = (try? run("command -v openssl >/dev/null")) != nil
        if !isThere { print("openssl is not installed: tests of encrypted connections are skipped") }
        return isThere
    }()

    let folder: String
    var authority: String { folder + "/ca.pem" }
    var client: String { folder + "/client.pem" }
    var clientKey: String { folder + "/client.key" }

    init() throws {
        folder = "/tmp/foretail-nats-tls-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.run(
            "cd \(folder) && openssl req -x509 \(Self.key) -days 2 -subj '/CN=an authority' -keyout ca.key -out ca.pem")
        try sign("client", "clientAuth", "DNS:client")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A server's configuration, with a certificate for a name.
    func server(name: String = "localhost", wantsClient: Bool = false) throws -> String {
        let file = "server-" + UUID().uuidString.prefix(8)
        try sign(file, "serverAuth", "DNS:\(name)")
        return """
            tls { cert_file: "\(folder)/\(file).pem", key_file: "\(folder)/\(file).key", ca_file: "\(authority)", \
            verify: \(wantsClient) }
            """
    }

    private static let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private func sign(_ file: String, _ usage: String, _ name: String) throws {
        try Self.run(
            """
            cd \(folder) && printf 'subjectAltName=\(name)\\nextendedKeyUsage=\(usage)\\n' >\(file).ext && \
            openssl req \(Self.key) -subj '/CN=\(file)' -keyout \(file).key -out \(file).csr && \
            openssl x509 -req -in \(file).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(file).ext \
            -out \(file).pem
            """)
    }

    @discardableResult
    static func run(_ script: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw NATSServer.TestFailure(String(decoding: words, as: UTF8.self))
        }
        return data
    }
}
#endif
