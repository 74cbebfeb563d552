import Glibc

/// A copy of some bytes with a forbidden page right behind them, so that reading past the end ends the test run.
final class GuardedBytes {
    let bytes: UnsafeBufferPointer<UInt8>
    private let pages: UnsafeMutableRawPointer
    private let size: Int

    init(_ source: [UInt8]) {
        let page = sysconf(Int32(_SC_PAGESIZE))
        size = (source.count + page - 1) / page * page + page
        pages = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        precondition(pages != MAP_FAILED, "no memory for a guarded buffer")
        precondition(mprotect(pages + (size - page), page, PROT_NONE) == 0, "the guard page cannot be protected")
        let start = (pages + (size - page - source.count)).assumingMemoryBound(to: UInt8.self)
        for (place, byte) in source.enumerated() { start[place] = byte }
        bytes = UnsafeBufferPointer(start: start, count: source.count)
    }

    deinit { munmap(pages, size) }
}
