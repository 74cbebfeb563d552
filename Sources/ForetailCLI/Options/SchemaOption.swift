import FilterLanguage

/// `--schema`: what events hold, as `host:string,cpu:number,http.status:number?`.
enum SchemaOption {
    /// The help of the option.
    static let help: String =
        "What events hold, e.g. host:string,cpu:number?,tags:array (and ',...' for more): filters that never match are refused."

    /// The declared schema; nil where none is given.
    ///
    /// - Throws: ``UsageError`` with the column and the remedy.
    static func schema(_ text: String?, command: String) throws -> EventSchema? {
        guard let text else { return nil }
        do throws(FilterError) {
            return try EventSchema(text)
        } catch {
            throw UsageError(command: command, message: "--schema: \(error.description)")
        }
    }
}
