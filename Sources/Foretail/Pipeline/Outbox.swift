/// Records on their way out, by destination, so that each destination gets its share of a batch in one delivery.
///
/// Within a destination records stay in the order of the actions; between destinations there is no order.
struct Outbox {
    /// Blocks that are kept for the next delivery; the others are given back.
    static let keptBlocks = 64

    /// The records of each destination, as many as ``count`` says.
    var blocks: [(destination: DestinationID, records: [UInt8])] = []
    /// The blocks in use.
    private(set) var count = 0
    private var places: [DestinationID: Int] = [:]

    /// The place of a destination's block. `last` is the place found for the record before, or -1: neighbours often go to the
    /// same destination, and need no search.
    mutating func place(of destination: DestinationID, after last: Int) -> Int {
        if last >= 0, blocks[last].destination == destination { return last }
        if let known = places[destination] { return known }
        if count == blocks.count {
            blocks.append((destination, []))
        } else {
            blocks[count].destination = destination
        }
        places[destination] = count
        count += 1
        return count - 1
    }

    /// Empties all blocks.
    mutating func removeAll() {
        if blocks.count > Self.keptBlocks { blocks.removeLast(blocks.count - Self.keptBlocks) }
        for place in blocks.indices { blocks[place].records.removeAll(keepingCapacity: true) }
        places.removeAll(keepingCapacity: true)
        count = 0
    }
}
