#if Server
import NIOSSL
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The certificate and key that new connections get, read again when their files change.
///
///     let store = try CertificateStore(certificate: "chain.pem", key: "key.pem")
///     try store.reloadIfChanged()          // true: new connections get the new pair; those there are keep theirs
///
/// A pair that cannot be used is not taken: the one before stays in force.
final class CertificateStore: Sendable {
    /// What tells one state of the files from another.
    private struct Stamp: Equatable {
        var parts: [Int64]
    }

    private struct State {
        var context: NIOSSLContext
        var expires: Int64
        /// The files as they were last looked at, taken or not.
        var stamp: Stamp?
        var reloads = 0
        var failures = 0
    }

    private let certificate: String
    private let key: String
    private let state: Mutex<State>

    /// Reads both files.
    ///
    /// - Parameters:
    ///   - certificate: A PEM file: the server's certificate, then those that lead to its authority.
    ///   - key: A PEM file: the certificate's private key.
    /// - Throws: ``StartError`` naming setting, file and remedy.
    init(certificate: String, key: String) throws(StartError) {
        self.certificate = certificate
        self.key = key
        let stamp = Self.stamp(certificate, key)
        let (context, expires) = try Self.read(certificate, key)
        state = Mutex(State(context: context, expires: expires, stamp: stamp))
    }

    /// What new connections get.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// When the certificate in force expires, in seconds since 1970.
    var expires: Int64 { state.withLock { $0.expires } }

    /// How often another pair was taken, and how often one was not.
    var counts: (reloads: Int, failures: Int) { state.withLock { ($0.reloads, $0.failures) } }

    /// Reads both files again.
    ///
    /// - Throws: ``StartError``; the pair before stays in force.
    func reload() throws(StartError) {
        let stamp = Self.stamp(certificate, key)
        do throws(StartError) {
            let (context, expires) = try Self.read(certificate, key)
            state.withLock { state in
                state.context = context
                state.expires = expires
                state.stamp = stamp
                state.reloads += 1
            }
        } catch {
            state.withLock { state in
                state.stamp = stamp
                state.failures += 1
            }
            throw error
        }
    }

    /// Reads both files again if one has changed since they were last looked at.
    ///
    /// - Returns: Whether another pair is in force.
    /// - Throws: ``StartError``, once for each change; the pair before stays in force.
    @discardableResult
    func reloadIfChanged() throws(StartError) -> Bool {
        let stamp = Self.stamp(certificate, key)
        guard state.withLock({ $0.stamp != stamp }) else { return false }
        try reload()
        return true
    }

    private static func read(
        _ certificate: String, _ key: String
    ) throws(StartError) -> (context: NIOSSLContext, expires: Int64) {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificate)
        } catch {
            throw StartError(
                message:
                    "tls.certificate: \(certificate): no certificates in PEM can be read there; name a readable file")
        }
        guard let first = chain.first else {
            throw StartError(message: "tls.certificate: \(certificate): there is no certificate in the file")
        }
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
        } catch {
            throw StartError(
                message: "tls.key: \(key): no private key in PEM can be read there; name a readable file, "
                    + "with a key that has no pass phrase")
        }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        settings.minimumTLSVersion = .tlsv12
        settings.applicationProtocols = ["http/1.1"]
        do {
            return (try NIOSSLContext(configuration: settings), Int64(first.notValidAfter))
        } catch {
            throw StartError(
                message:
                    "tls.key: \(key): the key is not that of the first certificate in \(certificate); name the two "
                    + "files that belong together")
        }
    }

    private static func stamp(_ paths: String...) -> Stamp? {
        var parts: [Int64] = []
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else {
                parts.append(-1)
                continue
            }
            parts += [
                Int64(bitPattern: UInt64(status.st_dev)), Int64(bitPattern: UInt64(status.st_ino)),
                Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
            ]
        }
        return Stamp(parts: parts)
    }
}
#endif
