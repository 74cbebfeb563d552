#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The one piece of memory that holds all state of one series: zeroed, aligned, handed out from front to back.
///
/// ```swift
/// let block = StateBlock(floats: 64)
/// let seasonal = block.cells(24)
/// seasonal[3] = 1.5
/// ```
///
/// The block owns the memory; ``Cells`` are views that must not outlive it.
@safe
final class StateBlock: @unchecked Sendable {
    /// Everything a view hands out begins at a multiple of this many floats (64 bytes).
    static let alignment = 16

    /// Capacity in floats.
    let count: Int
    private let start: UnsafeMutablePointer<Float>
    private var used = 0

    /// Creates a block of `floats` zeroes.
    init(floats: Int) {
        count = StateBlock.rounded(max(floats, 1))
        unsafe start = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.stride, alignment: 64
        ).bindMemory(to: Float.self, capacity: count)
        unsafe start.initialize(repeating: 0, count: count)
    }

    deinit { unsafe UnsafeMutableRawPointer(start).deallocate() }

    /// The room that `count` floats take in a block.
    static func rounded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

    /// Hands out the next `count` floats.
    func cells(_ count: Int) -> Cells {
        let room = StateBlock.rounded(count)
        precondition(used + room <= self.count, "a state block is laid out before it is filled")
        defer { used += room }
        return unsafe Cells(start: start + used, count: count)
    }

    /// Copies the floats of a block of the same size.
    func fill(from other: StateBlock) {
        precondition(count == other.count, "blocks of one layout have one size")
        unsafe start.update(from: other.start, count: count)
    }

    /// The whole block, whatever was handed out.
    var all: Cells { unsafe Cells(start: start, count: count) }

    /// The distance in floats from this block to `other`, by which views move when a block is copied.
    func distance(to other: StateBlock) -> Int {
        unsafe (Int(bitPattern: other.start) - Int(bitPattern: start)) / MemoryLayout<Float>.stride
    }
}

/// A view on some floats of a ``StateBlock``. Copying the view does not copy the floats.
@safe
struct Cells {
    private(set) var start: UnsafeMutablePointer<Float>
    /// How many floats the view spans.
    let count: Int

    @inline(__always)
    init(start: UnsafeMutablePointer<Float>, count: Int) {
        unsafe self.start = unsafe start
        self.count = count
    }

    @inline(__always)
    subscript(index: Int) -> Float {
        get {
            assert(index >= 0 && index < count, "a cell lies within its view")
            return unsafe start[index]
        }
        nonmutating set {
            assert(index >= 0 && index < count, "a cell lies within its view")
            unsafe start[index] = newValue
        }
    }

    /// Four floats at `4 * index`.
    @inline(__always)
    subscript(four index: Int) -> SIMD4<Float> {
        get {
            assert(index >= 0 && 4 * index + 4 <= count, "four cells lie within their view")
            return unsafe UnsafeRawPointer(start).load(
                fromByteOffset: index &* 16, as: SIMD4<Float>.self)
        }
        nonmutating set {
            assert(index >= 0 && 4 * index + 4 <= count, "four cells lie within their view")
            unsafe UnsafeMutableRawPointer(start).storeBytes(
                of: newValue, toByteOffset: index &* 16, as: SIMD4<Float>.self)
        }
    }

    /// Four floats from `index` on, wherever that lies.
    @inline(__always)
    subscript(fourFrom index: Int) -> SIMD4<Float> {
        assert(index >= 0 && index + 4 <= count, "four cells lie within their view")
        return unsafe UnsafeRawPointer(start + index).loadUnaligned(as: SIMD4<Float>.self)
    }

    /// Moves `count` floats within the view; the places may overlap.
    func shift(from source: Int, to target: Int, count: Int) {
        assert(min(source, target) >= 0 && max(source, target) + count <= self.count, "what is moved lies within")
        unsafe (start + target).update(from: start + source, count: count)
    }

    /// Sets every float to `value`.
    func fill(_ value: Float) {
        unsafe start.update(repeating: value, count: count)
    }

    /// A part of the view.
    @inline(__always)
    func part(from offset: Int, count: Int) -> Cells {
        assert(offset >= 0 && offset + count <= self.count, "a part lies within its view")
        return unsafe Cells(start: start + offset, count: count)
    }

    /// Points the view at the same place of a copied block.
    mutating func move(by floats: Int) { unsafe start += floats }
}

extension Cells {
    /// Whether every float is finite.
    var areFinite: Bool {
        for index in 0..<count where !self[index].isFinite { return false }
        return true
    }

    /// Whether the first `count` floats are those of `ring`, in ascending order.
    func areSorted(_ ring: Cells, count: Int) -> Bool {
        let expected = (0..<count).map { ring[$0] }.sorted()
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }
}
