#if Server
import ArgumentParser
import Foretail

/// Which server a command speaks to.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server; else the one in FORETAIL_SERVER, else \(ServerAddress.standard).", valueName: "url"))
    var server: String?
    @Option(
        help: ArgumentHelp(
            "A PEM file of further authorities for https; else the one in FORETAIL_CA_FILE.", valueName: "file"))
    var caFile: String?

    @Option(
        help: ArgumentHelp(
            "A file with the token to call with; else the one in \(ClientToken.variable).", valueName: "file"))
    var tokenFile: String?

    /// The server's address.
    var address: ServerAddress {
        get throws {
            do throws(BadAddress) {
                return trusting(try ServerAddress.given(server))
            } catch {
                throw ValidationError((server == nil ? "" : "--server ") + error.message)
            }
        }
    }

    func validate() throws { _ = try address }

    /// The tail request that an argument names: by its id, or by its URL.
    func request(_ text: String) throws -> (address: ServerAddress, id: String) {
        guard RemoteReference.isURL(text) else { return (try address, text) }
        let reference = try Self.reference(text)
        guard case .request(let id) = reference.target else {
            throw ValidationError("\(text): expected a tail request, such as tr_1 or …/v1/tail-requests/tr_1")
        }
        return (trusting(reference.address), id)
    }

    /// The stream that an argument names: by its name, or by its URL.
    func stream(_ text: String) throws -> (address: ServerAddress, name: String) {
        guard RemoteReference.isURL(text) else { return (try address, text) }
        let reference = try Self.reference(text)
        guard case .stream(let name) = reference.target else {
            throw ValidationError("\(text): expected a stream, such as metrics or \(reference.address)/metrics")
        }
        return (trusting(reference.address), name)
    }

    /// The address with the authorities that are named.
    private func trusting(_ address: ServerAddress) -> ServerAddress {
        var address = address
        if let caFile { address.certificates = caFile }
        return address
    }

    /// Reads a URL as an argument.
    static func reference(_ text: String) throws -> RemoteReference {
        do throws(BadAddress) {
            return try RemoteReference(text)
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Runs `body` with a client; what the server refuses becomes the program's last words.
    func run<Result>(
        at address: ServerAddress, _ body: (ServerClient) async throws -> Result
    ) async throws -> Result {
        try await Self.run(at: address, tokenFile: tokenFile, body)
    }

    /// Runs `body` with a client; what the server refuses becomes the program's last words.
    ///
    /// - Parameter tokenFile: A file with the token to call with; nil: the environment may have one.
    static func run<Result>(
        at address: ServerAddress, tokenFile: String? = nil, _ body: (ServerClient) async throws -> Result
    ) async throws -> Result {
        let token: ClientToken?
        do throws(BadAddress) {
            token = try ClientToken.given(file: tokenFile)
        } catch {
            throw ForetailError(.badSetting, error.message)
        }
        do {
            return try await ServerClient.with(address, token: token, body)
        } catch let failure as ClientFailure {
            throw failure.error(at: address)
        }
    }
}
#endif
