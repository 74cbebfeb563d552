extension AnticipatingCache {
    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - capacity: The values held at most, read ones and those loaded ahead together.
    ///   - maxStaleness: How old a value may be when it is served, counted from before its load began.
    ///   - clock: What tells the time; by default the continuous clock.
    ///   - load: Loads the values of keys, in one go; a key without a value is left out.
    public init(
        capacity: Int, maxStaleness: Duration, clock: some Clock<Duration> = .continuous, load: @escaping Load
    ) {
        self.init(
            configuration: PrefetchConfiguration(capacity: capacity), maxStaleness: maxStaleness, clock: clock,
            load: load)
    }

    /// Creates an empty cache with a configuration of its own.
    public init(
        configuration: PrefetchConfiguration, maxStaleness: Duration, clock: some Clock<Duration> = .continuous,
        load: @escaping Load
    ) {
        self.init(
            configuration: configuration, maxStaleness: maxStaleness,
            directory: KeyDirectory(capacity: max(Self.leastDirectory, 4 * configuration.capacity)),
            now: Self.microseconds(of: clock), load: load)
    }

    /// Microseconds since now, by a clock.
    static func microseconds(of clock: some Clock<Duration>) -> @Sendable () -> Int64 {
        let start = clock.now
        return { start.duration(to: clock.now).wholeMicroseconds }
    }
}

extension AnticipatingCache where Key: FixedWidthInteger {
    /// Creates an empty cache of whole numbers, which are predicted by their differences, too.
    ///
    /// - Parameters:
    ///   - capacity: The values held at most, read ones and those loaded ahead together.
    ///   - maxStaleness: How old a value may be when it is served, counted from before its load began.
    ///   - clock: What tells the time; by default the continuous clock.
    ///   - load: Loads the values of keys, in one go; a key without a value is left out.
    public init(
        capacity: Int, maxStaleness: Duration, clock: some Clock<Duration> = .continuous, load: @escaping Load
    ) {
        self.init(
            configuration: PrefetchConfiguration(capacity: capacity), maxStaleness: maxStaleness, clock: clock,
            load: load)
    }

    /// Creates an empty cache of whole numbers with a configuration of its own.
    public init(
        configuration: PrefetchConfiguration, maxStaleness: Duration, clock: some Clock<Duration> = .continuous,
        load: @escaping Load
    ) {
        let directory = KeyDirectory<Key>(
            symbol: { UInt64(truncatingIfNeeded: $0) },
            inverse: { symbol in
                let key = Key(truncatingIfNeeded: symbol)
                return UInt64(truncatingIfNeeded: key) == symbol ? key : nil
            })
        self.init(
            configuration: configuration, maxStaleness: maxStaleness, directory: directory,
            now: Self.microseconds(of: clock), load: load)
    }
}

extension Duration {
    /// The duration in microseconds; what does not fit is the longest that does.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflows { return seconds < 0 ? .min / 2 : .max / 2 }
        return whole + attoseconds / 1_000_000_000_000
    }
}
