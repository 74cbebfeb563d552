#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The files that settings name, looked at before the library does, whose messages do not say which of them is meant.
enum ConnectionFiles {
    /// The first one that cannot be used, and what to do about it; nil: all can.
    static func unreadable(_ settings: NATSSettings) -> NATSFailure? {
        if settings.keyFile != nil, settings.certificateFile == nil {
            return NATSFailure(
                .refused, "NATS: a key of the client without its certificate; name it with --nats-cert or NATS_CERT")
        }
        let files = [
            (settings.credentialsFile, "credentials", "--nats-creds or NATS_CREDS"),
            (settings.authoritiesFile, "the authorities' certificates", "--nats-ca or NATS_CA"),
            (settings.certificateFile, "the client's certificate", "--nats-cert or NATS_CERT"),
            (settings.keyFile, "the client's key", "--nats-key or NATS_KEY"),
        ]
        for (path, what, option) in files {
            guard let path, let reason = unreadable(path) else { continue }
            return NATSFailure(
                .refused, "NATS: the file of \(what), '\(path)', \(reason); name a readable file with \(option)")
        }
        return nil
    }

    private static func unreadable(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        switch read(descriptor, &byte, 1) {
        case 1: return nil
        case 0: return "is empty"
        default: return "cannot be read: \(String(cString: strerror(errno)))"
        }
    }
}
