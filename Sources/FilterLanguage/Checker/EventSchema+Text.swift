internal import FieldExtraction

extension EventSchema: CustomStringConvertible {
    /// Reads a closed or open schema from its text, as it stands on a command line and in a configuration.
    ///
    ///     try EventSchema("host:string,cpu:number,http.status:number?,tags:array")
    ///     try EventSchema("id:string|number,user:object,`a b`.c:boolean,...")       // open
    ///
    /// Fields are separated by commas, each with its path and its kinds: `number`, `string`, `boolean`, `null`, `array`,
    /// `object`, or `any` for all. `|` stands between several, `?` behind them for "or null, or absent". Keys that hold
    /// anything but letters, digits, `_`, `-`, `@` and `$` stand in backquotes. `...` as the last entry makes the schema
    /// open. Throws a ``FilterError`` of code ``FilterError/Code/schema`` with the column and the remedy. Cost: linear.
    public init(_ text: String) throws(FilterError) {
        var parser = EventSchemaParser(text: text)
        self = try parser.schema()
    }

    /// The text form; fields are sorted by their paths.
    public var description: String {
        var entries = paths.map { path in
            let field = self[path] ?? .nothing
            let name = path.keys.map(EventSchema.quoted).joined(separator: ".")
            var kinds = field.kinds
            if field.mayBeAbsent, kinds != .null, kinds != .any { kinds.remove(.null) }
            return name + ":" + (kinds.isEmpty ? "null" : kinds.description) + (field.mayBeAbsent ? "?" : "")
        }
        if !isClosed { entries.append("...") }
        return entries.joined(separator: ",")
    }

    private static func quoted(_ key: String) -> String {
        !key.isEmpty && key.utf8.allSatisfy(EventSchemaParser.isPlain) ? key : "`" + key + "`"
    }
}
