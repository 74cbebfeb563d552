/// What a tail request wants to be told beside its events: that its filter will match, and that what was expected did not come.
///
///     var settings = PredictionSettings()
///     settings.watch = WatchSettings(within: .init(microseconds: 600_000_000, probability: 0.8))
public struct WatchSettings: Sendable, Hashable {
    /// A warning before the filter matches.
    public struct Within: Sendable, Hashable {
        /// How far ahead, in microseconds.
        public var microseconds: Int64
        /// The probability of at least one match from which a warning is given.
        public var probability: Double

        /// Creates the settings of a warning.
        public init(microseconds: Int64, probability: Double = 0.8) {
            self.microseconds = microseconds
            self.probability = probability
        }
    }

    /// An alarm when a matching event does not come.
    public struct Overdue: Sendable, Hashable {
        /// The probability with which it would have come by now.
        public var probability: Double

        /// Creates the settings of an alarm.
        public init(probability: Double = 0.95) { self.probability = probability }
    }

    /// The warning; nil: none.
    public var within: Within?
    /// The alarm; nil: none.
    public var overdue: Overdue?

    /// Creates settings.
    public init(within: Within? = nil, overdue: Overdue? = nil) {
        self.within = within
        self.overdue = overdue
    }

    /// How far a probability must fall below the threshold before a warning is taken back.
    public static let hysteresis = 0.2
    /// The median gaps after its alarm for which a key is waited for; then it has ended for good.
    public static let patience = 10.0
    /// The past windows from which on a probability counts as calibrated.
    public static let calibrationWindows = 20

    /// Refuses settings outside their limits.
    ///
    /// - Throws: ``ForetailError`` (`badSetting`) naming the setting, its value and its range.
    public func validate() throws(ForetailError) {
        if let within {
            guard within.microseconds > 0, within.microseconds <= Self.longest else {
                throw ForetailError(
                    .badSetting, "watch.within: expected a duration above zero and of at most 4,000 years")
            }
            guard within.probability > 0, within.probability < 1 else {
                throw ForetailError(
                    .badSetting, "watch.probability \(within.probability): expected a number between 0 and 1")
            }
        }
        if let overdue, !(overdue.probability >= 0.5 && overdue.probability < 1) {
            throw ForetailError(
                .badSetting,
                "watch.overdueProbability \(overdue.probability): expected a number from 0.5 to below 1")
        }
    }

    private static let longest: Int64 = 1 << 57
}
