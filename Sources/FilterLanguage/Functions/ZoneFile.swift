/// The platform's zone files. Not read yet: only UTC and fixed offsets are known.
enum ZoneFile {
    static func offset(of name: String, at seconds: Int64) -> Int64? { nil }
}
