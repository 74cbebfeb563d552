#if Server
import FieldExtraction
import Foretail
import ForetailSQLite
import HTTPTypes
import Logging
import Synchronization

/// The tokens of a server, as the catalogue holds them. Another program may write there: what changed is seen within a second.
///
/// From the first token on one is needed for everything, for ever: one that ends or is revoked opens nothing again.
final class TokenDesk: Sendable {
    private struct State {
        var tokens: [String: TokenUse] = [:]
        var order: [String] = []
        var version: Int64 = 0
    }

    private let catalogue: Catalogue
    private let tenants: TenantDesk
    private let limit: Int
    private let isDemanded: Bool
    private let state = Mutex(State())
    /// Compared with where an id is not known, so that it takes as long.
    private let nobody = TokenSecret.random().hash

    /// How often it is looked for changes of others.
    static let lookSeconds = 1

    init(_ catalogue: Catalogue, tenants: TenantDesk, configuration: ServerConfiguration) {
        self.catalogue = catalogue
        self.tenants = tenants
        limit = configuration.limits.tokens
        isDemanded = configuration.requiresTokens
    }

    /// Whether callers have to say who they are.
    var isRequired: Bool { isDemanded || state.withLock { !$0.tokens.isEmpty } }

    /// All tokens, oldest first.
    var all: [TokenUse] { state.withLock { state in state.order.compactMap { state.tokens[$0] } } }

    /// A token by its id.
    func token(_ id: String) -> TokenUse? { state.withLock { $0.tokens[id] } }

    /// Reads the catalogue, if another program has written there. Waits for the disk.
    ///
    /// - Throws: ``CatalogueFailure`` where it cannot be read: what was known stays in force.
    func look() throws(CatalogueFailure) {
        let version = try catalogue.foreignVersion()
        guard version != state.withLock({ $0.version }) else { return }
        try load()
        state.withLock { $0.version = version }
    }

    /// Reads the catalogue. Waits for the disk.
    func load() throws(CatalogueFailure) {
        for stored in try catalogue.tokens() { try take(stored) }
    }

    private func take(_ stored: StoredToken) throws(CatalogueFailure) {
        if let known = token(stored.id) {
            if known.revoked == nil { known.revoked = stored.revoked }
            return
        }
        let use: TokenUse
        do throws(Problem) {
            use = try TokenUse(stored, tenant: tenants.tenant(stored.name))
        } catch {
            throw CatalogueFailure(message: "token \(stored.id): \(error.detail); it was written by a newer version")
        }
        state.withLock { state in
            if state.tokens.updateValue(use, forKey: stored.id) == nil { state.order.append(stored.id) }
        }
    }

    /// Keeps a new token. Waits for the disk.
    ///
    /// - Returns: The token, to be shown once.
    func add(_ definition: TokenDefinition, now: Timestamp) throws(Problem) -> (secret: TokenSecret, use: TokenUse) {
        let count = state.withLock { $0.tokens.count }
        guard count < limit else {
            throw .limitReached(
                "limits.tokens", limit, used: count, what: "tokens", remedy: "raise the limit; revoked ones count")
        }
        let secret = TokenSecret.random()
        do throws(CatalogueFailure) {
            let stored = secret.stored(definition, created: now)
            try catalogue.addToken(stored)
            try take(stored)
        } catch {
            throw Problem(error)
        }
        guard let use = token(secret.id) else { throw .unknownToken(secret.id) }
        return (secret, use)
    }

    /// Revokes a token. Waits for the disk.
    func revoke(_ id: String, now: Timestamp) throws(Problem) {
        guard let use = token(id) else { throw .unknownToken(id) }
        do throws(CatalogueFailure) {
            try catalogue.revokeToken(id, at: now)
        } catch {
            throw Problem(error)
        }
        if use.revoked == nil { use.revoked = now }
    }

    /// The token of a call.
    ///
    /// - Parameter header: What stands in `Authorization`.
    /// - Throws: ``Problem`` (401) that does not say what is wrong with a token: not whether there is one of this id, nor
    ///   whether it ended.
    func identify(_ header: String?, now: Timestamp) throws(Problem) -> TokenUse {
        guard let header else { throw .unauthenticated(isGiven: false) }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer", let secret = TokenSecret(String(parts[1])) else {
            throw .unauthenticated(isGiven: true)
        }
        guard let use = token(secret.id) else {
            _ = secret.matches(nobody)
            throw .unauthenticated(isGiven: true)
        }
        guard use.matches(secret), use.isInForce(now) else { throw .unauthenticated(isGiven: true) }
        return use
    }
}

extension Problem {
    /// Nobody knows who calls.
    static func unauthenticated(isGiven: Bool) -> Problem {
        var problem = Problem(
            .unauthorized, "unauthenticated",
            isGiven ? "this token is not in force" : "this server wants to know who calls", field: "Authorization",
            remedy: "send 'Authorization: Bearer TOKEN'; `foretail token add` makes tokens")
        problem.challenge = isGiven ? #"Bearer realm="foretail", error="invalid_token""# : #"Bearer realm="foretail""#
        return problem
    }

    /// A token without the scope that a call needs.
    static func forbidden(_ needs: String) -> Problem {
        Problem(
            .forbidden, "forbidden", "this token may not do that; it takes \(needs)", field: "Authorization",
            remedy: "use another token")
    }

    /// There is no token of this id.
    static func unknownToken(_ id: String) -> Problem {
        Problem(
            .notFound, "unknown-token", "there is no token '\(id)'", remedy: "GET /v1/tokens lists those there are")
    }
}
#endif
