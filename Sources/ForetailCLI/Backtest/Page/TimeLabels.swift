import FieldExtraction

/// Times on an axis, as short as the span lets them be.
struct TimeLabels {
    private let span: Int64
    private let clock = ClockText(zone: .utc)

    /// Labels for times that lie so far apart, in microseconds.
    init(spanMicroseconds: Int64) { span = spanMicroseconds }

    /// The label of a time.
    func text(_ time: Timestamp) -> String {
        switch span {
        case ..<600_000_000: clock.time(time)
        case ..<172_800_000_000: String(clock.time(time).prefix(5))
        case ..<2_592_000_000_000: String(clock.dayAndTime(time).prefix(11))
        default: clock.date(time)
        }
    }
}
