import FieldExtraction
import Foretail

// A program that embeds the predictive buffer manager: registers a tail request, feeds it events, performs its actions.

var manager = PredictiveBufferManager(configuration: .init(seed: 1))
let request = try manager.registerTailRequest(streamName: "metrics", filter: "event.cpu > 80", destination: .init(7))

var forwarded = 0
var hits = 0
var announced = 0
var actions = Actions()
for hour in 0..<2_000 {
    var batch = EventBatch(stream: "metrics")
    let cpu = (9..<15).contains(hour % 24) ? 85 + hour % 5 : 40 + hour % 3
    batch.append(
        #"{"time": \#(1_767_225_600 + hour * 3_600), "cpu": \#(cpu)}"#, at: Position(sequence: UInt64(hour + 1)))
    manager.process(.events(batch), now: Timestamp(microseconds: 0), into: &actions)
    for action in actions.items {
        switch action {
        case .forward(let forward):
            forwarded += 1
            if forward.prediction != nil { hits += 1 }
        case .announce: announced += 1
        default: break
        }
    }
    actions.removeAll()
}
try manager.updateTailRequest(request, filter: "event.cpu > 90")

print("forwarded \(forwarded), announced \(announced), hits \(hits)")
print("buffer: \(manager.bufferStatus(for: request)!.bytes) bytes")
