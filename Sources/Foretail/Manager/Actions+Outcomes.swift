import FieldExtraction

extension Actions {
    /// Adds the outcomes of records that left a buffer, and books them with their request.
    ///
    /// - Parameters:
    ///   - position: The event that took the slot; nil where none did.
    ///   - time: That event's time.
    ///   - errors: The numeric errors of a record against that event.
    mutating func append(
        _ ended: [PredictiveBuffer.Ended], of request: RequestState, position: Position?, time: Timestamp?,
        errors: (Prediction) -> [Outcome.FieldError]
    ) {
        for end in ended {
            let prediction = end.prediction
            request.note(end)
            let wasTaken = end.result == .hit || end.result == .wrong
            let lead = time.map { $0.microseconds - prediction.made.microseconds }
            items.append(
                .outcome(
                    Outcome(
                        prediction: prediction, result: end.result, reason: end.reason,
                        position: wasTaken ? position : nil, leadMicroseconds: wasTaken ? lead : nil,
                        errors: wasTaken ? errors(prediction) : []),
                    to: request.destination))
        }
    }
}
