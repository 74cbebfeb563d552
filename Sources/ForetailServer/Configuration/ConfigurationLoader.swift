#if Server
import Configuration
import SystemPackage
import Yams

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads a server's configuration: flags before the environment before the file before the defaults.
public enum ConfigurationLoader {
    /// Reads, and refuses what nobody knows.
    ///
    /// - Parameters:
    ///   - file: A YAML file; nil: none.
    ///   - flags: Settings of the command line, by name.
    /// - Throws: ``StartError`` naming the setting, where it stands, and what it can be.
    public static func load(
        file: String?, flags: [String: String] = [:], environment: [String: String]? = nil
    ) async throws(StartError) -> ServerConfiguration {
        let known = Set(Setting.all.map(\.key))
        var providers: [any ConfigProvider] = []
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in flags {
            values[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = ConfigValue(
                .string(value), isSecret: false)
        }
        providers.append(InMemoryProvider(name: "flags", values: values))
        let variables =
            environment.map { EnvironmentVariablesProvider(environmentVariables: $0) } ?? EnvironmentVariablesProvider()
        providers.append(variables.prefixKeys(with: "foretail"))
        if let file {
            try checkKeys(of: file, known: known)
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
            } catch {
                throw StartError(message: "\(file): \(error)")
            }
        }
        let reader = ConfigReader(providers: providers)
        var configuration = ServerConfiguration()
        if let file { configuration.stores = try stores(of: file) }
        for setting in Setting.all {
            guard let text = text(of: setting.key, reader) else { continue }
            guard setting.apply(text, &configuration) else {
                throw StartError(
                    message:
                        "\(setting.key): '\(text)' cannot be read (\(setting.help)); the default is \(setting.show(ServerConfiguration()))"
                )
            }
        }
        try configuration.check()
        return configuration
    }

    /// A setting's text, whatever kind of value the file has.
    private static func text(of key: String, _ reader: ConfigReader) -> String? {
        let key = ConfigKey(key.split(separator: ".").map(String.init))
        if let text = reader.string(forKey: key) { return text }
        if let number = reader.int(forKey: key) { return String(number) }
        if let flag = reader.bool(forKey: key) { return String(flag) }
        return reader.double(forKey: key).map { String($0) }
    }

    /// Refuses a file with a name that nobody knows: a slip would leave a default in force.
    private static func checkKeys(of file: String, known: Set<String>) throws(StartError) {
        guard let text = read(file) else {
            throw StartError(
                message: "\(file): \(String(cString: strerror(errno))); name a readable file with --config")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw StartError(message: "\(file): \(error)") }
        guard let node else { return }
        guard case .mapping(let mapping) = node else {
            throw StartError(message: "\(file): expected settings, such as `listen: 127.0.0.1:7070`")
        }
        try check(mapping, prefix: "", file: file, known: known)
    }

    /// Reads the stores of a file: `stores: {crm: {url: …}}`.
    private static func stores(of file: String) throws(StartError) -> [StoreDefinition] {
        guard let text = read(file), let node = try? Yams.compose(yaml: text), let stores = node["stores"] else {
            return []
        }
        guard case .mapping(let mapping) = stores else {
            throw StartError(message: "\(file): stores: expected names, such as `crm: {url: 'postgres://…'}`")
        }
        var definitions: [StoreDefinition] = []
        for (key, value) in mapping {
            let name = key.string ?? "?"
            guard case .mapping(let settings) = value else {
                throw StartError(message: "\(file): stores.\(name): expected settings, of which `url` is needed")
            }
            var definition = StoreDefinition(name: name, url: "")
            for (setting, value) in settings {
                let text = value.string ?? value.scalar?.string ?? ""
                guard definition.set(setting.string ?? "", to: text) else {
                    throw StartError(
                        message: "\(file): stores.\(name).\(setting.string ?? "?"): '\(text)' cannot be read; settings "
                            + "of a store: \(StoreDefinition.names.joined(separator: ", "))")
                }
            }
            guard !definition.url.isEmpty else {
                throw StartError(
                    message: "\(file): stores.\(name): no url, such as 'postgres://host/database' or 'sqlite:PATH'")
            }
            definitions.append(definition)
        }
        return definitions
    }

    private static func check(
        _ mapping: Node.Mapping, prefix: String, file: String, known: Set<String>
    ) throws(StartError) {
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "?")
            if name == "stores" { continue }
            if case .mapping(let inner) = value {
                try check(inner, prefix: name + ".", file: file, known: known)
            } else if !known.contains(name) {
                let line = key.mark.map { ", line \($0.line)" } ?? ""
                let nearest = known.sorted().first { $0.lowercased().hasPrefix(name.lowercased().prefix(4)) }
                throw StartError(
                    message: "\(file)\(line): there is no setting '\(name)'"
                        + (nearest.map { "; is '\($0)' meant?" } ?? "") + "; `foretail config show` lists all")
            }
        }
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
#endif
