/// What became of the events that were to be counted.
public struct CountStatus: Sendable, Hashable {
    /// Events read.
    public var events = 0
    /// Those that matched and are counted.
    public var counted = 0
    /// Matching events that came when their window was closed already: not counted.
    public var late = 0
    /// Matching events whose key had to leave before their window closed: not counted.
    public var lost = 0
    /// Events without a readable time: those have the stream's time, and none before there is one.
    public var withoutTime = 0
    /// Events stamped more than a day ahead of the wall clock: not counted.
    public var farFuture = 0
    /// Events that have none of the fields they are counted by: they are a key of their own.
    public var withoutKey = 0
    /// Values of key fields that were too long: cut.
    public var longKeys = 0
    /// Texts that could not be read as an event.
    public var bad = 0
    /// Keys known now.
    public var keys = 0
    /// Keys that were silent for so long that they got no more zeros.
    public var silences = 0
    /// Windows that got no zeros, because a key that was still known had been silent for too long.
    public var skippedWindows = 0
    /// Windows that closed early because too many counts were open.
    public var closedEarly = 0
    /// Why the filter could not decide on some events, with the remedy.
    public var filterProblems: [String] = []

    /// Creates a status at zero.
    public init() {}
}
