/// What a cell carries from one value of a series to the next: the hidden state h and the memory c, H floats each.
///
/// A view on floats that someone else owns. All zero before the first value.
struct LSTMState {
    var hidden: Cells
    var memory: Cells

    /// The state in the first 2H floats of a view: h, then c.
    init(_ cells: Cells, hidden width: Int) {
        hidden = cells.part(from: 0, count: width)
        memory = cells.part(from: width, count: width)
    }

    init(hidden: Cells, memory: Cells) {
        self.hidden = hidden
        self.memory = memory
    }

    /// Forgets everything.
    func clear() {
        hidden.fill(0)
        memory.fill(0)
    }

    /// Points the state at the same place of a copied block.
    mutating func move(by floats: Int) {
        hidden.move(by: floats)
        memory.move(by: floats)
    }
}
