/// A 64-bit digest of what a snapshot's layout depends on (FNV-1a: Fowler, Noll, Vo).
///
/// ```swift
/// var print = SnapshotFingerprint()
/// print.add(12)
/// print.value
/// ```
package struct SnapshotFingerprint: Sendable {
    /// The digest of what was added.
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Creates the digest of nothing.
    package init() {}

    /// Adds a number.
    package mutating func add(_ number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        for _ in 0..<8 {
            value = (value ^ (rest & 0xFF)) &* 0x100_0000_01B3
            rest >>= 8
        }
    }

    /// Adds a text and its length.
    package mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        add(text.utf8.count)
    }

    /// Adds numbers and how many they are.
    package mutating func add(_ numbers: [Int]) {
        for number in numbers { add(number) }
        add(numbers.count)
    }

    /// The digest of the models of this build on this machine: the room that their state takes in some typical cases, the
    /// sizes of their parts, and the order of bytes.
    package static let models: UInt64 = {
        var print = SnapshotFingerprint()
        print.add(Int(UInt16(littleEndian: 1)))
        print.add([
            MemoryLayout<StepEngine>.stride, MemoryLayout<SeriesEngine>.stride, MemoryLayout<SharedModels>.stride,
            MemoryLayout<SeriesAnalogs>.stride, MemoryLayout<ArrivalStep>.stride, MemoryLayout<NextGap>.stride,
            MemoryLayout<LogGapAutoregression>.stride, MemoryLayout<LogGapHistogram>.stride,
            MemoryLayout<GridDetector>.stride, MemoryLayout<ContextTable.Node>.stride, MemoryLayout<Calibrator>.stride,
            MemoryLayout<SelectionCalibrator>.stride, ExpertVector.width, StepEngine.residualCount,
            ContextHistory.capacity, LogGapHistogram.bins,
        ])
        let network = LSTMConfiguration()
        print.add([
            network.shape.parameterCount, LSTMSeries.cellCount(hidden: network.hidden), network.warmUpSteps,
            network.windowSteps, network.windowLimit,
        ])
        print.add(ForecastModels.named.map(\.name).joined(separator: ","))
        for tier in ForecastConfiguration.Tier.allCases {
            let configuration = ForecastConfiguration(tier: tier)
            print.add(Int(tier.models.rawValue))
            for (season, steps) in [(1, [1]), (24, [1, 12]), (288, [1, 2, 3, 100])] {
                print.add(
                    SeriesEngine.cellCount(
                        season: season, weekly: season > 1, steps: steps, configuration: configuration,
                        analogWindow: configuration.analogWindow(count: .max)))
            }
        }
        return print.value
    }()

    /// The digest of the models and of the steps they are asked for.
    static func models(steps: [Int]) -> SnapshotFingerprint {
        var print = SnapshotFingerprint()
        print.add(Int(truncatingIfNeeded: models))
        print.add(steps)
        return print
    }
}
