/// The version of the HTTP API, as its OpenAPI document states it.
public enum ServerVersion {
    /// The version.
    public static let current = "0.1.0"
}
