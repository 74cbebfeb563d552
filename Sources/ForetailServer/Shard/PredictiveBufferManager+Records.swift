#if Server
import Foretail

extension PredictiveBufferManager {
    /// A request's live predictions as records, one a line; nil for an unknown request.
    ///
    /// - Parameters:
    ///   - key: Of this key alone; nil: of all.
    ///   - limit: Records at most.
    ///   - bytes: No further record once there are so many bytes.
    func livePredictions(
        of id: TailRequestID, key: [UInt8]?, limit: Int, bytes: Int = .max, _ renderer: inout NDJSONRenderer,
        _ actions: borrowing Actions
    ) -> [UInt8]? {
        guard let names = names(of: id) else { return nil }
        var output: [UInt8] = []
        let meant = livePredictions(of: id).filter { key == nil || $0.key == key! }
        for prediction in meant.prefix(limit) where output.count < bytes {
            renderer.render(.announce(prediction, to: DestinationID(0)), of: actions, names: names, into: &output)
        }
        return output
    }
}
#endif
