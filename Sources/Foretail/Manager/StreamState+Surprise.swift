import FieldExtraction
import Forecasting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Surprise: the bits of an event under the models as they stood before it.
///
///     surprise = Σ over learned fields and the arrival of −log₂ (chance of what is at least as unlikely)
///
/// Of a category the chance is that of a value at most as probable as the one that came, a new value priced by its part of the rest; of
/// a number that of a value at least as far from its forecast, or its own share of the past where it repeats; of the arrival that of a gap
/// at least as far from its median; and each field costs how often it is there, or not. Where one value is expected that is −log₂ of the
/// probability of what came instead. Where anything may come it is little, whatever comes: a line of a log costs twenty bits because its
/// client and its path are one of thousands each, and nobody is surprised by that.
///
/// Fields that cannot be predicted (opaque ones) say only whether they are there. Chances of numbers and gaps below 1/1,024 count as that:
/// the tails of few hundred past cases say no more.
extension StreamState {
    /// The surprise of the event that was looked at last, in tenths of a bit.
    func surprise(of series: Series, reading: Reading) -> Double {
        var bits = arrivalBits(of: series, reading: reading)
        for field in fields.indices {
            bits -= log2(fields[field].presence.probability(of: isPresent(field)))
            switch fields[field].kind {
            case .categorical: bits += categoryBits(field, of: series)
            case .numeric: bits += numberBits(field, of: series)
            case .undetermined, .opaque: break
            }
        }
        // A snapshot may hold quantiles that are no numbers.
        return bits.isFinite ? (bits * 10).rounded() / 10 : 0
    }

    /// Whether the event that was looked at last has a field.
    func isPresent(_ field: Int) -> Bool {
        let kind = row[fields[field].slot].kind
        return kind != .missing && kind != .null
    }

    /// Whether a matching event is one that a request does not want to see.
    func isExpected(_ surprise: Double?, by request: RequestState, warmUp: Int) -> Bool {
        guard request.rule.leastSurprise > 0, let surprise, eventsRead > warmUp else { return false }
        return surprise < request.rule.leastSurprise
    }

    /// Tells all requests' destinations of the events that were held back.
    func tellHidden(into actions: inout Actions) {
        for request in predicting { request.tellHidden(into: &actions) }
    }

    private func categoryBits(_ field: Int, of series: Series) -> Double {
        // A value that is not there, or of another kind for once, says nothing.
        guard let sequence = fields[field].sequence, !readings[field * 2 + 1].isNaN else { return 0 }
        let symbol = actual[field].isNaN ? nil : Int32(actual[field])
        return -log2(max(sequence.chance(ofAtLeastAsUnlikely: symbol, after: series.symbols[field]), 1e-9))
    }

    private func numberBits(_ field: Int, of series: Series) -> Double {
        let distance = (actual[field] - series.expected[field]).magnitude
        guard distance.isFinite, let forecaster = series.forecasters[field] else { return 0 }
        // What lies exactly that far counts as further.
        let chance = 1 - forecaster.probability(within: distance * (1 - 1e-9), stepIndex: 0)
        return Self.bits(max(chance, numberShares[field].share(of: actual[field])))
    }

    private func arrivalBits(of series: Series, reading: Reading) -> Double {
        guard steps.first == 1, series.arrival.count >= Self.ownArrivals, reading.movesClock,
            let last = series.lastTime, reading.time >= last
        else { return 0 }
        let gap = Double(reading.time.microseconds - last.microseconds)
        return Self.bits(series.arrival.quantiles(of: 0).chance(ofAtLeastAsFar: gap))
    }

    private static func bits(_ chance: Double) -> Double { -log2(min(max(chance, 1.0 / 1_024), 1)) }
}
