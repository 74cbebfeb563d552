/// `"%s is %d".format([name, count])`. Not built yet.
enum TextFormat {
    static func format(_ text: String, _ values: [Value]) throws(Failure) -> String { throw .unknownFunction }
}
