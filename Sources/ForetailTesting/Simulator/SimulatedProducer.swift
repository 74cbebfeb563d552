import FieldExtraction
import Foretail

/// Writes the events of one simulated stream, with everything that goes wrong on the way.
struct SimulatedProducer: Sendable {
    let stream: SimulatedStream
    private var series: [SimulatedSeries] = []
    private var sequence: UInt64 = 0
    private var epoch: UInt32 = 1
    private let jumps: Bool
    private let disorder: Int

    init(_ stream: SimulatedStream, start: Int64, _ random: inout SeededGenerator) {
        self.stream = stream
        jumps = random.one(in: 4)
        disorder = random.pick([6, 25, 1_000])
        for number in 0..<(1 + random.below(4)) {
            series.append(SimulatedSeries(number, start: start, &random))
        }
    }

    /// The time of the event to come, in microseconds.
    var nextTime: Int64 { series.map(\.nextTime).min() ?? 0 }

    /// Writes the next event.
    mutating func next(_ random: inout SeededGenerator) -> SimulatedEvent {
        let position = nextPosition(&random)
        if random.one(in: 40) { return garbage(at: position, &random) }
        let number = series.indices.min { series[$0].nextTime < series[$1].nextTime } ?? 0
        var time = series[number].nextTime
        var fields = series[number].fields(&random)
        if stream.keyFields.contains("k"), !random.one(in: 80) { fields["k"] = series[number].key }
        if stream.keyFields.contains("h") { fields["h"] = .text(series[number].second) }
        series[number].advance(&random)
        if random.one(in: disorder) { time -= Int64(random.below(20)) * 700_000 }
        if jumps, random.one(in: 50) {
            let leap: Int64 = random.pick([20_000_000, 3_600_000_000, 90_000_000_000, 7_900_000_000_000_000])
            if random.one(in: 2) { series[number].jump(leap) } else { time += leap }
        }
        return event(at: position, time: Timestamp(microseconds: time), fields, &random)
    }

    private func event(
        at position: Position, time: Timestamp, _ fields: [String: SimulatedValue], _ random: inout SeededGenerator
    ) -> SimulatedEvent {
        var fields = fields
        var stated: Timestamp?
        if stream.timeField != .none, !random.one(in: 50) {
            if random.one(in: 60) {
                fields[stream.timeName] = .text("yesterday")
            } else {
                let time = min(time, .latest)
                fields[stream.timeName] = .text("\(time)")
                stated = time
            }
        }
        let members = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value.json)" }
        return SimulatedEvent(
            position: position, text: "{" + members.joined(separator: ",") + "}", isValid: true, stated: stated,
            fields: fields)
    }

    private func garbage(at position: Position, _ random: inout SeededGenerator) -> SimulatedEvent {
        let text = random.pick(["panic: boom", #"{"v":1"#, #"{"v":01}"#, "[1,"])
        return SimulatedEvent(
            position: position, text: text, isValid: false, stated: nil, fields: ["message": .text(text)])
    }

    private mutating func nextPosition(_ random: inout SeededGenerator) -> Position {
        if sequence > 0, random.one(in: 40) {
            let back = UInt64(random.below(3))
            return Position(epoch: epoch, sequence: sequence > back ? sequence - back : 1)
        }
        if random.one(in: 60) { sequence += UInt64(random.below(9)) }
        if random.one(in: 100) {
            epoch += 1
            sequence = 0
        }
        sequence += 1
        return Position(epoch: epoch, sequence: sequence)
    }
}
