public import FieldExtraction
public import FilterLanguage
public import Forecasting

/// The named bounds of everything that could grow: each has a default, and each is stated where it is enforced.
///
///     var limits = Limits()
///     limits.bufferBytes = 8 << 20
public struct Limits: Sendable {
    /// What one event may hold: line bytes, nesting depth, members.
    public var scan = ScanLimits()
    /// What one filter may hold and cost.
    public var filter = FilterLimits()
    /// Tail requests on one manager; a further registration is refused.
    public var requests = 100_000
    /// Streams on one manager.
    public var streams = 10_000
    /// Series (keys) of one stream that models are kept for; beyond it the least recently seen series leaves.
    public var series = 100_000
    /// Steps one request may ask for.
    public var steps = 2_016
    /// The furthest step that may be asked for.
    public var stepAhead = 2_016
    /// Fields learned where a request names none.
    public var learnedFields = 8
    /// Fields that a request may name to be learned.
    public var namedFields = 64
    /// Candidate fields remembered while a stream's fields are discovered.
    public var candidateFields = 256
    /// Lines in which the time of a log is looked for, which may begin with a banner; of other streams it is the first event.
    public var bannerLines = 16
    /// Events during which new fields of a stream are looked for.
    public var discoveryEvents = 64
    /// Distinct values of a categorical field that are known at a time, up to 65,536; those not seen for long make room for new
    /// ones.
    public var symbols = 65_536
    /// Bytes of one categorical value; longer ones are not learned.
    public var symbolBytes = 256
    /// Bytes of the context table that a stream's sequence models share; it grows to that.
    public var sequenceBytes = 32 << 20
    /// Bytes of the context table of one categorical field for steps above 1.
    public var contextBytes = 8 << 20
    /// Bytes of a key; longer ones are cut, counted.
    public var keyBytes = 4_096
    /// Bytes that all requests' live predictions may hold together (`bufferBudget`).
    public var bufferBytes = 256 << 20
    /// Bytes that all series models may hold together (`modelBudget`).
    public var modelBytes = 2 << 30
    /// Predictions that may be made between two deliveries: events of a batch times the steps they are predicted for. A larger
    /// batch is processed in slices, each delivered before the next.
    public var predictionsPerDelivery = 16_384
    /// How much the numeric models of a series may compute and remember.
    public var forecastTier = ForecastConfiguration.Tier.standard
    /// Samples of a series' joint prediction that pass through the match index.
    public var samples = 32
    /// Events of a stream that are learned before any is held back as expected.
    public var surpriseWarmUp = 128
    /// Evaluations of filters on sample paths that an event of a watched key earns, beside those due every sixth of the window.
    public var watchEvaluations = 64
    /// Past events of a series kept for base rates.
    public var pastEvents = 64
    /// The probability from which an alternative of an announced value is staged beside it, and from which the shell is told of
    /// expectations that are not announced.
    public var stagedProbability = 0.1
    /// Values of a categorical field that a prediction may list.
    public var alternatives = 32
    /// Microseconds beyond the wall clock at which a live event's stamp no longer moves the stream's clock: a day.
    public var futureMicroseconds: Int64 = 86_400_000_000
    /// Microseconds of silence before a live stream's clock goes on with the wall clock: a second.
    public var silenceGraceMicroseconds: Int64 = 1_000_000

    /// Creates the default limits.
    public init() {}
}
