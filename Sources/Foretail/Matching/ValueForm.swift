/// What kind of value a key is made of; one byte in buckets and event keys.
enum ValueForm {
    static let missing: UInt8 = 0
    static let text: UInt8 = 1
    static let number: UInt8 = 2
    static let bool: UInt8 = 3
    static let null: UInt8 = 4
    static let array: UInt8 = 5
    static let object: UInt8 = 6
    static let other: UInt8 = 7
}
