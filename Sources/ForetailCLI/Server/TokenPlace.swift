#if Server
import ArgumentParser
import Foretail
import ForetailServer
import ForetailSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where tokens are written: a data folder, or a server.
struct TokenPlace: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data folder of the server (foretail-data).", valueName: "folder"))
    var dataDir: String?
    @Option(name: .long, help: ArgumentHelp("The server's YAML file of settings.", valueName: "file"))
    var config: String?
    @Option(name: .long, help: ArgumentHelp("Ask this server, instead of its data folder.", valueName: "url"))
    var server: String?
    @Option(
        name: .long,
        help: ArgumentHelp("With --server: a file with a token; else FORETAIL_TOKEN.", valueName: "file"))
    var tokenFile: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --server: a PEM file of further authorities for https; else FORETAIL_CA_FILE.", valueName: "file"))
    var caFile: String?

    func validate() throws {
        if server != nil, dataDir != nil || config != nil {
            throw ValidationError("--server: the server knows its data folder; leave out --data-dir and --config")
        }
        if server == nil, tokenFile != nil { throw ValidationError("--token-file: name the server with --server") }
        if server == nil, caFile != nil { throw ValidationError("--ca-file: name the server with --server") }
        _ = try remote
    }

    /// The server to ask; nil: the data folder is written.
    var remote: (address: ServerAddress, tokenFile: String?)? {
        get throws {
            guard let server else { return nil }
            do throws(BadAddress) {
                var address = try ServerAddress(server)
                if let caFile { address.certificates = caFile }
                return (address, tokenFile)
            } catch {
                throw ValidationError("--server \(error.message)")
            }
        }
    }

    /// Reads the catalogue of the data folder.
    func read<Value>(_ work: (Catalogue) throws(CatalogueFailure) -> Value) async throws -> Value {
        let path = try await folder() + "/catalogue.sqlite"
        guard access(path, F_OK) == 0 else {
            throw ForetailError(
                .source, "\(path): \(String(cString: strerror(errno))); name the server's folder with --data-dir")
        }
        return try Self.open(path, work)
    }

    /// Writes to the catalogue of the data folder, which is made if need be: tokens can be there before the server is.
    func change<Value>(_ work: (Catalogue) throws(CatalogueFailure) -> Value) async throws -> Value {
        let folder = try await folder()
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            throw ForetailError(
                .source, "\(folder): \(String(cString: strerror(errno))); name the server's folder with --data-dir")
        }
        return try Self.open("\(folder)/catalogue.sqlite", work)
    }

    private static func open<Value>(
        _ path: String, _ work: (Catalogue) throws(CatalogueFailure) -> Value
    ) throws -> Value {
        do throws(CatalogueFailure) {
            let catalogue = try Catalogue(path: path)
            let value = try work(catalogue)
            try catalogue.close()
            return value
        } catch {
            throw ForetailError(.source, error.message)
        }
    }

    private func folder() async throws -> String {
        do throws(StartError) {
            return try await ConfigurationLoader.load(
                file: config, flags: dataDir.map { ["dataDir": $0] } ?? [:]
            ).dataFolder
        } catch {
            throw ForetailError(.badSetting, error.message)
        }
    }
}
#endif
