import ArgumentParser

#if NATS
import ForetailNATS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
#endif

/// How NATS is reached, beside the addresses: files alone, since a secret in an option would be seen by whoever lists processes.
struct NATSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file with a user's JWT and seed, else NATS_CREDS names one.", valueName: "file"))
    var natsCreds: String?
    @Option(
        help: ArgumentHelp(
            "A PEM file of the authorities that servers' certificates must come from, else NATS_CA names one, else those of the system; connections are encrypted then.",
            valueName: "file"))
    var natsCa: String?
    @Option(help: ArgumentHelp("A PEM file of this client's certificate, else NATS_CERT names one.", valueName: "file"))
    var natsCert: String?
    @Option(help: ArgumentHelp("A PEM file of its key, else NATS_KEY names one.", valueName: "file"))
    var natsKey: String?

    /// Where help shows what needs NATS: in builds that have it.
    static var visibility: ArgumentVisibility {
        #if NATS
        .default
        #else
        .hidden
        #endif
    }

    /// The first option that was given; nil: none was.
    var given: String? {
        let all = [
            ("--nats-creds", natsCreds), ("--nats-ca", natsCa), ("--nats-cert", natsCert), ("--nats-key", natsKey),
        ]
        return all.first { $0.1 != nil }?.0
    }

    #if NATS
    /// Settings with what the environment says, and the options, which count more.
    func settings(servers: [String]) -> NATSSettings {
        var settings = NATSSettings(servers: servers)
        settings.takeEnvironment { name in
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        settings.credentialsFile = natsCreds ?? settings.credentialsFile
        settings.authoritiesFile = natsCa ?? settings.authoritiesFile
        // A certificate and its key belong together: one of an option is not mixed with one of the environment.
        if natsCert != nil || natsKey != nil {
            (settings.certificateFile, settings.keyFile) = (natsCert, natsKey)
        }
        return settings
    }
    #endif
}

/// A tail whose source or destination is on NATS.
extension TailOptions {
    /// Refuses what this build cannot do, and options that do nothing here.
    func validateNATS() throws {
        let isSource = NATSTail.isAddress(source)
        let isDestination = to.map(NATSTail.isAddress) ?? false
        guard isSource || isDestination else {
            if let option = nats.given {
                throw ValidationError("\(option): neither source nor --to is on NATS; leave it out")
            }
            return
        }
        #if !NATS
        throw ValidationError(MissingTrait.nats(isSource ? source : "--to \(to ?? "")"))
        #endif
    }
}
