import Foretail

/// A bug planted between the manager and its judge, to show that the judge would see it.
public enum Sabotage: String, Sendable, CaseIterable {
    /// A prediction whose window or time to live is over gets no outcome.
    case expiryForgotten
    /// A prediction gets its outcome twice.
    case outcomeRepeated
    /// A warning or an alarm ends twice.
    case watchEndRepeated
    /// Two events of one key change places.
    case keyReordered
    /// An event is lost.
    case eventLost
}

/// Tampers with actions, once.
struct Saboteur {
    private let sabotage: Sabotage?
    private var held: ObservedAction.Forward?
    /// Whether the bug is planted.
    private(set) var hasStruck = false

    init(_ sabotage: Sabotage?) { self.sabotage = sabotage }

    /// The actions as a manager with the bug would have given them.
    mutating func tamper(_ actions: [ObservedAction]) -> [ObservedAction] {
        guard let sabotage, !hasStruck else { return actions }
        var kept: [ObservedAction] = []
        for action in actions {
            switch (sabotage, action) {
            case (.expiryForgotten, .outcome(let outcome)) where outcome.result == .expired && !hasStruck:
                hasStruck = true
            case (.outcomeRepeated, .outcome(let outcome)) where outcome.result != .withdrawn && !hasStruck:
                kept += [action, action]
                hasStruck = true
            case (.watchEndRepeated, .watch(let watch)) where !watch.state.isBeginning && !hasStruck:
                kept += [action, action]
                hasStruck = true
            case (.eventLost, .forward) where !hasStruck:
                hasStruck = true
            case (.keyReordered, .forward(let forward)):
                if let early = held, early.request == forward.request, early.key == forward.key {
                    kept += [action, .forward(early)]
                    hasStruck = true
                    held = nil
                } else if held == nil, !hasStruck {
                    held = forward
                } else {
                    kept.append(action)
                }
            default: kept.append(action)
            }
        }
        return kept
    }
}
