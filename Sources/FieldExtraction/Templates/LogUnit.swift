/// A unit behind a number that has larger and smaller ones beside it, so that `980 KB` and `1.2 MB` are values of one parameter.
enum LogUnit: UInt8 {
    case none
    case bytes, kilobytes, megabytes, gigabytes, terabytes
    case nanoseconds, microseconds, milliseconds, seconds, minutes, hours

    /// Units that can be turned into one another.
    enum Family: UInt8 {
        case none, size, time
    }

    /// Its family.
    var family: Family { self == .none ? .none : rawValue <= LogUnit.terabytes.rawValue ? .size : .time }

    /// How many bytes, or nanoseconds, it has.
    var factor: Double {
        switch self {
        case .none, .bytes, .nanoseconds: 1
        case .kilobytes: 1_024
        case .megabytes: 1_048_576
        case .gigabytes: 1_073_741_824
        case .terabytes: 1_099_511_627_776
        case .microseconds: 1e3
        case .milliseconds: 1e6
        case .seconds: 1e9
        case .minutes: 60e9
        case .hours: 3_600e9
        }
    }

    /// The unit that `start..<end` spells; nil if it is none.
    init?(_ view: ByteView, _ start: Int, _ end: Int) {
        guard end > start, end - start <= 4 else { return nil }
        // The letters in order, the first in the highest place.
        var word: UInt32 = 0
        for place in start..<end { word = word << 8 | UInt32(view[place]) }
        switch word {
        case 0x42: self = .bytes  // B
        case 0x4B42, 0x6B42, 0x4B_6942: self = .kilobytes  // KB, kB, KiB
        case 0x4D42, 0x4D_6942: self = .megabytes  // MB, MiB
        case 0x4742, 0x47_6942: self = .gigabytes  // GB, GiB
        case 0x5442, 0x54_6942: self = .terabytes  // TB, TiB
        case 0x6E73: self = .nanoseconds  // ns
        case 0x7573, 0xC2B573, 0xCEBC73: self = .microseconds  // us, µs, μs
        case 0x6D73, 0x6D_7365_63: self = .milliseconds  // ms, msec
        case 0x73, 0x73_6563, 0x73_6563_73: self = .seconds  // s, sec, secs
        case 0x6D_696E, 0x6D_696E_73: self = .minutes  // min, mins
        case 0x68, 0x6872, 0x68_7273: self = .hours  // h, hr, hrs
        default: return nil
        }
    }
}
