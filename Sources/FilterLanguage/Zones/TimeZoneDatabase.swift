#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where the rules of IANA time zones come from, for `getHours('Europe/Berlin')` and its like.
///
///     let zones = TimeZoneDatabase { name in bundled[name] }          // TZif bytes, or nil
///     try Filter("timestamp(event.t).getHours('Europe/Berlin') < 8", zones: zones)
///
/// UTC and fixed offsets such as `+01:00` need no database. A zone that is written in a filter is read when the filter is
/// compiled, and its absence refused then. A zone that an event names is read once per evaluator; evaluators remember
/// ``rememberedZones``, the missing ones too.
public final class TimeZoneDatabase: Sendable {
    /// The zones an evaluator remembers before it starts anew: all there are, and room for misspellings.
    public static let rememberedZones = 1_024

    private let read: @Sendable (_ name: String) -> [UInt8]?

    /// Creates a database.
    ///
    /// - Parameter read: Gives the content of a zone's file in the TZif format (RFC 9636) by the zone's name, such as
    ///   `Europe/Berlin`, or nil where there is none. It is asked only for names made of letters, digits, `_`, `-`, `+` and
    ///   inner slashes, of at most 64 bytes.
    public init(_ read: @escaping @Sendable (_ name: String) -> [UInt8]?) { self.read = read }

    /// The platform's zone files, under `$TZDIR` or `/usr/share/zoneinfo`.
    public static let platform = TimeZoneDatabase { name in
        var folder = "/usr/share/zoneinfo"
        if let given = unsafe getenv("TZDIR") { folder = unsafe String(cString: given) }
        guard let file = unsafe fopen(folder + "/" + name, "r") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: ZoneFile.sizeLimit)
        let count = unsafe fread(&bytes, 1, ZoneFile.sizeLimit, file)
        return Array(bytes[..<count])
    }

    /// A database without zones: only UTC and fixed offsets are known.
    public static let empty = TimeZoneDatabase { _ in nil }

    /// The zone of that name: UTC, an offset, or one of the database. Nil if there is none, or its file is damaged.
    func zone(named name: String) -> TimeZone? {
        if name == "UTC" || name == "Z" || name == "GMT" { return TimeZone(offsets: [0]) }
        if let offset = TimeZone.fixedOffset(name) { return TimeZone(offsets: [offset]) }
        guard ZoneFile.isName(name), let bytes = read(name) else { return nil }
        return ZoneFile.zone(bytes)
    }
}
