import FieldExtraction

/// The names behind the numbers in a stream's records: fields, keys, categorical values. Valid until the next input.
public struct StreamNames {
    /// The stream's name.
    public let streamName: String
    /// Whether the stream's events have keys.
    public let hasKey: Bool
    /// The field that holds the event's time, named or found.
    public let timeField: String?
    /// The stream's name as a JSON string.
    let streamText: [UInt8]
    private let fieldNames: [String]
    private let fieldTexts: [[UInt8]]
    private let symbols: [SymbolTable]

    init(_ stream: StreamState) {
        streamName = stream.descriptor.name
        hasKey = !stream.descriptor.key.isEmpty
        timeField = stream.descriptor.time?.name
        streamText = stream.nameText
        fieldNames = stream.fields.map(\.name)
        fieldTexts = stream.fields.map(\.nameText)
        symbols = stream.fields.map(\.symbols)
    }

    /// The name of a learned field as a JSON string.
    func fieldText(_ number: Int) -> [UInt8] { fieldTexts[number] }

    /// The name of a learned field.
    public func field(_ number: Int) -> String { fieldNames[number] }

    /// The text of a categorical value, or the boolean it stands for.
    public func value(_ symbol: Int32, field: Int) -> CategoryValue {
        let bytes = Array(symbols[field].value(of: symbol))
        if bytes == [SymbolTable.trueByte] { return .boolean(true) }
        if bytes == [SymbolTable.falseByte] { return .boolean(false) }
        return .text(bytes)
    }

    /// A categorical value.
    public enum CategoryValue {
        /// A string, in UTF-8.
        case text([UInt8])
        /// A boolean.
        case boolean(Bool)
    }
}
