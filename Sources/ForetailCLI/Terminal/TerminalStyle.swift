#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How text may look where it goes: with colours or not, and how wide.
struct TerminalStyle: Hashable, Sendable {
    /// The looks that are used, as the parameters of the sequence that switches them on.
    enum Look: String, Sendable {
        case bold = "1"
        case dim = "2"
        case green = "32"
        case faintRed = "2;31"
        case faintYellow = "2;33"
        case yellow = "33"
        case loud = "1;31"
    }

    /// Whether looks are used at all.
    var hasColors: Bool
    /// The columns of the terminal; nil: as wide as it takes.
    var columns: Int?

    /// A style without colours and without limits, as for a file.
    static let plain = TerminalStyle(hasColors: false, columns: nil)

    /// Creates a style.
    init(hasColors: Bool, columns: Int?) {
        self.hasColors = hasColors
        self.columns = columns
    }

    /// Looks where a descriptor leads: colours on a terminal only, and only if `NO_COLOR` is unset or empty and `TERM` is not
    /// `dumb`.
    init(descriptor: Int32) {
        guard isatty(descriptor) == 1 else {
            self = .plain
            return
        }
        hasColors = Self.variable("NO_COLOR").isEmpty && Self.variable("TERM") != "dumb"
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        columns = isKnown ? Int(size.ws_col) : Int(Self.variable("COLUMNS"))
    }

    private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

    /// Appends text in a look.
    func append(_ text: String, _ look: Look?, to output: inout [UInt8]) {
        guard hasColors, let look, !text.isEmpty else {
            output.append(contentsOf: text.utf8)
            return
        }
        output.append(contentsOf: "\u{1B}[\(look.rawValue)m\(text)\u{1B}[0m".utf8)
    }
}
