#if Server
/// Which addresses the server connects to for others: those of the public Internet, and what its operator allows.
struct AddressPolicy: Sendable {
    /// What `webhooks.allow` names.
    var allowed: [AddressBlock] = []

    /// Why an address is not connected to; nil: it is.
    ///
    /// An address that leads to an IPv4 address by way of a translator or a tunnel is refused where either is: allowing
    /// `64:ff9b::/96` does not open `10.0.0.1` behind it.
    func refusal(of address: InternetAddress) -> String? {
        guard let kind = AddressKind(address) else { return embeddedRefusal(of: address) }
        guard isAllowed(address) else { return "\(address) is \(kind.rawValue)" }
        return embeddedRefusal(of: address)
    }

    /// Whether the operator named the address.
    func isAllowed(_ address: InternetAddress) -> Bool { allowed.contains { $0.contains(address) } }

    private func embeddedRefusal(of address: InternetAddress) -> String? {
        for inner in address.embedded where !isAllowed(inner) {
            if let kind = AddressKind(inner) { return "\(address) leads to \(inner), which is \(kind.rawValue)" }
        }
        return nil
    }
}
#endif
