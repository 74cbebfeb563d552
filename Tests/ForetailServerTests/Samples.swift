#if Server
/// Events that tests write.
enum Samples {
    static func events(_ range: Range<Int>, keys: Int = 3) -> [String] {
        range.map { #"{"time":\#(1_767_225_600 + $0 * 60),"host":"h\#($0 % keys)","v":\#($0)}"# }
    }
}
#endif
