import ForetailTesting
import Testing

@testable import Forecasting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `FORETAIL_FORGERIES=5000` forges that many snapshots per case.
@Suite("Damaged snapshots") struct SnapshotDamageTests {
    private static let forgeries = getenv("FORETAIL_FORGERIES").flatMap { Int(String(cString: $0)) } ?? 120

    private func forecaster(_ count: Int) -> NumericForecaster {
        var forecaster = NumericForecaster(steps: [1, 12])
        for value in dailyValues(count, noise: 2, seed: 3) { forecaster.learn(value) }
        return forecaster
    }

    private func error(_ bytes: [UInt8], steps: [Int] = [1, 12]) -> SnapshotError? {
        do throws(SnapshotError) {
            _ = try NumericForecaster(snapshot: bytes, steps: steps)
            return nil
        } catch {
            return error
        }
    }

    @Test("the checksum is that of the published example")
    func checksum() {
        #expect(Checksum64.of(Array("123456789".utf8)[...]) == 0x995D_C9BB_DF19_39FA)
        #expect(Checksum64.of([]) == 0)
    }

    @Test("every single bit that is turned is found")
    func everyBit() {
        var forecaster = ArrivalForecaster(steps: [1])
        for _ in 0..<10 { forecaster.learn(gapMicroseconds: 1_000_000) }
        let bytes = forecaster.snapshot()
        var accepted = 0
        for bit in 0..<(8 * bytes.count) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if (try? ArrivalForecaster(snapshot: damaged, steps: [1])) != nil { accepted += 1 }
        }
        #expect(accepted == 0)
    }

    @Test("of ten thousand damaged snapshots none is accepted")
    func manyDamages() {
        var damage = SnapshotDamage(seed: 1)
        let small = forecaster(3).snapshot()
        let large = forecaster(20).snapshot()
        #expect(error(small) == nil)
        #expect(error(large) == nil)
        var accepted = 0
        for round in 0..<10_000 where error(damage.damaged(round % 10 == 0 ? large : small)) == nil { accepted += 1 }
        #expect(accepted == 0)
    }

    @Test("a forged snapshot is refused, or harmless", arguments: [0, 1, 2, 3] as [UInt64])
    func forged(seed: UInt64) {
        var damage = SnapshotDamage(seed: seed &+ 100)
        let bytes = forecaster([20, 150, 500, 40][Int(seed)]).snapshot()
        for _ in 0..<Self.forgeries {
            let forged = damage.forged(bytes, kind: .numeric)
            guard var read = try? NumericForecaster(snapshot: forged, steps: [1, 12]) else { continue }
            for value in dailyValues(70, noise: 2, seed: seed) {
                read.learn(value)
                if let job = read.trainingJob(stepMicroseconds: nil) { read.apply(job.run()) }
            }
            for index in 0..<2 { _ = (read.forecast(stepIndex: index), read.residualSample(stepIndex: index, 3)) }
        }
    }

    @Test("a forged snapshot of arrivals or contexts is refused, or harmless", arguments: [0, 1, 2] as [UInt64])
    func forgedOthers(seed: UInt64) {
        var damage = SnapshotDamage(seed: seed &+ 200)
        var noise = Noise(seed: seed)
        var arrivals = ArrivalForecaster(steps: [1, 5])
        var contexts = ContextModel(steps: [1, 2], bytes: 8 << 10)
        var history = ContextHistory()
        for _ in 0..<(seed == 0 ? 12 : 150) {
            arrivals.learn(gapMicroseconds: Int64(noise.exponential() * 1e6))
            let symbol = Int32(noise.uniform() * 6)
            contexts.learn(history, symbol)
            history.append(symbol)
        }
        let (arrivalBytes, contextBytes) = (arrivals.snapshot(), contexts.snapshot())
        for _ in 0..<3 * Self.forgeries {
            if var read = try? ArrivalForecaster(
                snapshot: damage.forged(arrivalBytes, kind: .arrival), steps: [1, 5])
            {
                for _ in 0..<60 { read.learn(gapMicroseconds: Int64(noise.exponential() * 1e6)) }
                for place in 0..<2 { _ = (read.forecast(stepIndex: place), read.quantiles(of: place)) }
                _ = read.gridMicroseconds
            }
            if var read = try? ContextModel(
                snapshot: damage.forged(contextBytes, kind: .category), steps: [1, 2], bytes: 8 << 10)
            {
                for symbol in [0, 1, 2, 3, 4, 5, 0, 1] as [Int32] {
                    read.learn(history, symbol)
                    _ = read.predict(history, stepIndex: 1)
                }
            }
        }
    }

    @Test("what is foreign is refused with thing, place and remedy")
    func messages() {
        let bytes = forecaster(20).snapshot()
        #expect(error([])?.code == .foreign)
        #expect(error(Array("{\"v\":1}".utf8))?.message.contains("start fresh") == true)
        #expect(error(ArrivalForecaster(steps: [1, 12]).snapshot())?.code == .foreign)
        #expect(error(bytes, steps: [1])?.code == .layout)
        #expect(error(Array(bytes.dropLast(9)))?.code == .damaged)
        var other = bytes
        let version = SnapshotContainer.version
        other[8] = UInt8(version + 1)
        #expect(
            error(other)?.message
                == "snapshot, byte 8: format version \(version + 1), but this build reads version \(version); use the build "
                + "that wrote it, or start fresh")
        // A build with other models has another fingerprint.
        let payload = Array(bytes[SnapshotContainer.headerBytes..<bytes.count - 8])
        #expect(error(SnapshotContainer.wrap(payload, kind: .numeric, fingerprint: 7))?.code == .layout)
        var fingerprint: UInt64 = 0
        for place in (16..<24).reversed() { fingerprint = fingerprint << 8 | UInt64(bytes[place]) }
        let longer = SnapshotContainer.wrap(payload + [0], kind: .numeric, fingerprint: fingerprint)
        #expect(error(longer)?.code == .invalid)
        #expect(error(longer)?.message.contains("left over") == true, "\(error(longer)?.message ?? "")")
    }
}
