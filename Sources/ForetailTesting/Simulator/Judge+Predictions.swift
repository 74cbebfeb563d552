import FieldExtraction
import Foretail

/// What every announced prediction must satisfy.
extension Judge {
    mutating func check(
        _ prediction: Prediction, event: JudgedEvent, stream number: Int, names: StreamNames
    ) throws(SimulationViolation) {
        let id = prediction.id
        let request = try self.number(of: prediction.request)
        guard let settings = requests[request]?.settings, requests[request]?.stream == number else {
            throw SimulationViolation("\(id): its request asked for no prediction of this stream")
        }
        guard id.number > lastID else { throw SimulationViolation("\(id): its number was given before") }
        lastID = id.number
        try checkExpiries(requests[request]!)
        guard requests[request]!.taken.isEmpty else {
            throw SimulationViolation("\(id): announced before the event's outcomes")
        }
        try checkPlace(prediction, event: event, stream: streams[number], settings: settings)
        try checkTimes(prediction, event: event, stream: streams[number], settings: settings)
        try checkProbabilities(prediction, settings: settings)
        guard prediction.step > requests[request]!.lastStep else {
            throw SimulationViolation("\(id): step \(prediction.step) was announced twice or out of order")
        }
        requests[request]?.lastStep = prediction.step
        requests[request]?.phase = .predictions
        requests[request]?.open.append(JudgedRecord(prediction, names: names))
        report.predictions += 1
    }

    private func checkPlace(
        _ prediction: Prediction, event: JudgedEvent, stream: JudgedStream, settings: PredictionSettings
    ) throws(SimulationViolation) {
        let id = prediction.id
        guard prediction.key == Array(event.key.utf8) else {
            throw SimulationViolation("\(id): of another key than the event that led to it")
        }
        guard settings.steps.contains(prediction.step) else {
            throw SimulationViolation("\(id): nobody asked for step \(prediction.step)")
        }
        // Where series may leave, their events are counted anew when they come back.
        guard plan.forgets || prediction.slot - prediction.step == stream.ordinals[event.key] else {
            throw SimulationViolation(
                "\(id): slot \(prediction.slot) is not \(prediction.step) events ahead of \(stream.ordinals[event.key] ?? 0)"
            )
        }
    }

    private func checkTimes(
        _ prediction: Prediction, event: JudgedEvent, stream: JudgedStream, settings: PredictionSettings
    ) throws(SimulationViolation) {
        let id = prediction.id
        guard let largest = stream.keyTimes[event.key], let watermark = stream.watermark else {
            throw SimulationViolation("\(id): announced before any event time was known")
        }
        let mayHaveForgotten = plan.forgets || stream.gapped.contains(event.key)
        guard prediction.made == largest || (mayHaveForgotten && prediction.made < largest) else {
            throw SimulationViolation("\(id): made \(prediction.made), but its key's largest time is \(largest)")
        }
        guard prediction.windowStart >= prediction.made, prediction.windowStart <= prediction.time,
            prediction.time <= prediction.windowEnd
        else {
            throw SimulationViolation(
                "\(id): made \(prediction.made), expected \(prediction.time), window \(prediction.windowStart)…"
                    + "\(prediction.windowEnd) are not in order")
        }
        guard prediction.windowEnd >= watermark else {
            throw SimulationViolation(
                "\(id): announced with a window that ended \(prediction.windowEnd), before the clock's \(watermark)")
        }
        guard prediction.expires >= watermark else {
            throw SimulationViolation(
                "\(id): announced after its expiry \(prediction.expires), the clock says \(watermark)")
        }
        guard prediction.windowEnd <= .latest, prediction.expires <= .latest else {
            throw SimulationViolation("\(id): its times lie beyond the year 9999")
        }
        if let timeToLive = settings.timeToLiveMicroseconds {
            guard prediction.expires.microseconds == prediction.made.microseconds + timeToLive else {
                throw SimulationViolation(
                    "\(id): expires \(prediction.expires), not its time to live after \(prediction.made)")
            }
        } else if prediction.expires < prediction.windowEnd {
            throw SimulationViolation("\(id): expires before its window ends, although no time to live was asked for")
        }
    }

    private func checkProbabilities(
        _ prediction: Prediction, settings: PredictionSettings
    ) throws(SimulationViolation) {
        let id = prediction.id
        for value in [prediction.confidence, prediction.matchProbability, prediction.baseRate] where !(0...1 ~= value) {
            throw SimulationViolation("\(id): \(value) is no probability")
        }
        guard prediction.confidence <= prediction.matchProbability + 1e-9 else {
            throw SimulationViolation(
                "\(id): confidence \(prediction.confidence) above matchProbability \(prediction.matchProbability)")
        }
        guard prediction.confidence >= settings.minConfidence else {
            throw SimulationViolation("\(id): confidence \(prediction.confidence) below \(settings.minConfidence)")
        }
        guard !prediction.isTrivial || settings.trivial || settings.minConfidence == 0 else {
            throw SimulationViolation("\(id): trivial (base rate \(prediction.baseRate)), which nobody asked for")
        }
    }
}
