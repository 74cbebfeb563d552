#if Server
import FieldExtraction
import Foretail

/// One run of `foretail tail http://…`: reads records, and goes on exactly behind the last one after a connection that broke.
struct RemoteTail {
    private let options: TailOptions
    private let reference: RemoteReference

    init(_ options: TailOptions) throws {
        self.options = options
        var reference = try ServerOptions.reference(options.source)
        if let caFile = options.caFile { reference.address.certificates = caFile }
        self.reference = reference
    }

    /// Reads until Ctrl-C, `--duration`, or the end of whoever reads the output.
    func run() async throws {
        let (options, reference) = (options, reference)
        // The output may make its writer wait: it has a thread of its own.
        let executor = ThreadExecutor()
        let reading = Task(executorPreference: executor) {
            try await ServerOptions.run(at: reference.address, tokenFile: options.tokenFile) { client in
                var reading = try RemoteReading(options, reference: reference, client: client)
                try await reading.run()
            }
        }
        Interrupt.install { reading.cancel() }
        let started = SystemClock.monotonic
        let watch = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(200))
                let isOver = options.duration.map { SystemClock.monotonic - started >= $0.microseconds } ?? false
                if isOver || options.to == nil && OutputWatch.isClosed { reading.cancel() }
            }
        }
        defer { watch.cancel() }
        do {
            try await reading.value
        } catch let error as ForetailError {
            // Whoever read our output has seen enough.
            if DescriptorDestination.isClosedPipe(error) || reading.isCancelled { return }
            throw error
        } catch is CancellationError {
            return
        }
    }
}
#endif
