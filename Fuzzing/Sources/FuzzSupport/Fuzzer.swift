import CLibFuzzer
import Glibc

/// The loop that makes inputs, hands them to a check and keeps those that reach new code.
///
///     Fuzzer.run { bytes in claim(parse(bytes) == plainParse(bytes), "the parsers differ") }
///
/// The arguments of the program are libFuzzer's.
public enum Fuzzer {
    nonisolated(unsafe) private static var check: (UnsafeBufferPointer<UInt8>) -> Void = { _ in }

    /// Runs the loop until its time is over or a claim fails, and ends the program.
    public static func run(_ check: @escaping (UnsafeBufferPointer<UInt8>) -> Void) -> Never {
        Fuzzer.check = check
        var count = CommandLine.argc
        var arguments = UnsafeMutablePointer(mutating: UnsafePointer(CommandLine.unsafeArgv)) as Optional
        let status = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            Fuzzer.check(UnsafeBufferPointer(start: bytes, count: count))
            return 0
        }
        exit(status)
    }
}

/// Ends the program, with the input kept as a finding, unless `holds`.
@inline(__always)
public func claim(_ holds: Bool, _ message: @autoclosure () -> String) {
    guard !holds else { return }
    let text = "claim: \(message())\n"
    _ = write(STDERR_FILENO, text, text.utf8.count)
    abort()
}
