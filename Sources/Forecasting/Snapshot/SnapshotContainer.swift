/// What stands around every snapshot, so that a foreign or damaged one is known before anything of it is believed.
///
///     bytes  0…7    magic: 89 "FTSN" 0D 0A 1A, which no text holds and no conversion of line ends leaves whole
///            8…11   version of the format
///           12…15   kind of state
///           16…23   fingerprint of layout and configuration
///           24…31   length of the payload
///           32…     payload
///      last 8       CRC-64/XZ of all bytes before
///
/// Numbers are little-endian. Source of the magic's form: the PNG specification, section 5.2.
package enum SnapshotContainer {
    /// The version of the format; a change of any `pass(through:)` raises it.
    package static let version: UInt32 = 8
    /// The bytes before the payload.
    package static let headerBytes = 32
    /// The bytes around the payload.
    package static let overhead = headerBytes + 8

    private static let magic: [UInt8] = [0x89, 0x46, 0x54, 0x53, 0x4E, 0x0D, 0x0A, 0x1A]

    /// The kinds of state there are snapshots of.
    package enum Kind: UInt32, Sendable {
        /// A ``NumericForecaster``.
        case numeric = 1
        /// An ``ArrivalForecaster``.
        case arrival = 2
        /// A ``ContextModel``.
        case category = 3
        /// What a manager learned of a stream.
        case stream = 4

        fileprivate var name: String {
            switch self {
            case .numeric: "a numeric forecaster"
            case .arrival: "an arrival forecaster"
            case .category: "a category model"
            case .stream: "a stream"
            }
        }
    }

    /// Puts a payload into its container.
    package static func wrap(_ payload: [UInt8], kind: Kind, fingerprint: UInt64) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(payload.count + overhead)
        append(UInt64(version) | UInt64(kind.rawValue) << 32, to: &bytes)
        append(fingerprint, to: &bytes)
        append(UInt64(payload.count), to: &bytes)
        bytes += payload
        append(Checksum64.of(bytes[...]), to: &bytes)
        return bytes
    }

    /// The range of the payload, once everything around it has proved right.
    package static func payload(
        of bytes: [UInt8], kind: Kind, fingerprint: UInt64
    ) throws(SnapshotError) -> Range<Int> {
        guard bytes.count >= overhead, bytes[0..<8].elementsEqual(magic) else {
            throw SnapshotError(
                .foreign, "snapshot, byte 0: these \(bytes.count) bytes are no foretail snapshot; start fresh")
        }
        // The version comes first: another version may do the rest in another way.
        let versionAndKind = word(bytes, at: 8)
        let written = UInt32(truncatingIfNeeded: versionAndKind)
        guard written == version else {
            throw SnapshotError(
                .version,
                "snapshot, byte 8: format version \(written), but this build reads version \(version); use the build "
                    + "that wrote it, or start fresh")
        }
        let length = word(bytes, at: 24)
        guard length == UInt64(bytes.count - overhead) else {
            throw SnapshotError(
                .damaged,
                "snapshot, byte 24: a payload of \(length) bytes is announced and \(bytes.count - overhead) are there; it "
                    + "was cut or damaged: take an older one, or start fresh")
        }
        let end = bytes.count - 8
        guard Checksum64.of(bytes[..<end]) == word(bytes, at: end) else {
            throw SnapshotError(
                .damaged,
                "snapshot, byte \(end): the checksum does not fit the bytes; take an older one, or start fresh")
        }
        let code = UInt32(truncatingIfNeeded: versionAndKind >> 32)
        guard code == kind.rawValue else {
            let found = Kind(rawValue: code)?.name ?? "kind \(code)"
            throw SnapshotError(
                .foreign, "snapshot, byte 12: it holds \(found) where \(kind.name) is wanted; restore it there")
        }
        guard word(bytes, at: 16) == fingerprint else {
            throw SnapshotError(
                .layout,
                "snapshot, byte 16: it was written by a build with other models, or for another configuration or stream; "
                    + "restore it where it came from, or start fresh")
        }
        return headerBytes..<end
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
    }

    private static func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<8 { word |= UInt64(bytes[place + index]) << UInt64(8 * index) }
        return word
    }
}
