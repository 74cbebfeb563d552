#if Server
import Logging
import ServiceLifecycle
import UnixSignals

/// Has the certificate read again on SIGHUP and when its files change, and says what came of it.
struct CertificateWatch: Service {
    let store: CertificateStore
    let logger: Logger
    /// Whether SIGHUP is listened to.
    let trapsSignal: Bool
    /// Seconds between two looks at the files.
    private static let seconds = 2

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(Self.seconds))
                        if !Task.isCancelled { reload(isForced: false) }
                    }
                }
            }
            if trapsSignal {
                group.addTask {
                    let signals = await UnixSignalsSequence(trapping: .sighup)
                    for await _ in signals.cancelOnGracefulShutdown() { reload(isForced: true) }
                }
            }
        }
    }

    private func reload(isForced: Bool) {
        do throws(StartError) {
            if isForced { try store.reload() } else if try !store.reloadIfChanged() { return }
            logger.notice("certificate replaced; connections that are open keep theirs")
        } catch {
            logger.error(
                "certificate not replaced, the one before stays in force", metadata: ["reason": .string(error.message)])
        }
    }
}
#endif
