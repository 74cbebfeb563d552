import FieldExtraction
import Foretail

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Scores what was said of categorical fields, over all keys of a file.
///
/// The first asked step is scored, from the first event on, whatever the confidence. A key's first event is not: nobody could
/// know that the key exists.
struct CategoryBook: Sendable {
    /// The bits of an event by the models and by frequency, over its categorical fields, priced with the values seen so far.
    struct Price: Sendable {
        var bits = 0.0
        var bitsByFrequency = 0.0
    }

    private struct Field: Sendable {
        var score = CategoryScore()
        var frequencies = CategoryFrequencies()
        /// By the key's place.
        var told: [CategoryTold?] = []

        mutating func keep(_ new: CategoryTold?, at place: Int) {
            while told.count <= place { told.append(nil) }
            told[place] = new
        }
    }

    private let step: Int
    private var places: [[UInt8]: Int] = [:]
    private var fields: [Int: Field] = [:]

    /// Creates a book.
    ///
    /// - Parameter steps: The asked steps, ascending.
    init(steps: [Int]) { step = steps.first ?? 1 }

    /// The fields with their scores, by number.
    var scores: [(field: Int, score: CategoryScore)] {
        fields.sorted { $0.key < $1.key }.compactMap { number, field in
            guard field.score.events > 0 else { return nil }
            var score = field.score
            score.values = field.frequencies.distinct
            return (number, score)
        }
    }

    /// Scores what was said of a key's latest event, and keeps what is said after it.
    ///
    /// - Returns: What the event cost; nil where nothing was scored.
    mutating func observe(_ outlook: SeriesOutlook) -> Price? {
        // What is said of a later step would have to wait for several events.
        guard step == 1, !outlook.categoryFields.isEmpty else { return nil }
        let known = places[outlook.key]
        var place = known
        if known == nil, places.count < BacktestLimits.categoryKeys {
            place = places.count
            places[outlook.key] = place
        }
        var price: Price?
        for number in outlook.categoryFields {
            observe(outlook, number, place: place, isFirst: known == nil, price: &price)
        }
        return price
    }

    private mutating func observe(
        _ outlook: SeriesOutlook, _ number: Int, place: Int?, isFirst: Bool, price: inout Price?
    ) {
        let tag = outlook.tag(field: number)
        let time = outlook.lastTime?.microseconds ?? 0
        if !tag.isNaN {
            if let place, !isFirst {
                let told = fields[number].flatMap { place < $0.told.count ? $0.told[place] : nil }
                score(number, tag: tag, told: told, time: time, price: &price)
            }
            fields[number, default: Field()].frequencies.learn(tag)
        }
        guard let place else { return }
        let told = CategoryTold(
            outlook.category(field: number, stepIndex: 0, limit: CategoryScore.listed), made: time)
        fields[number, default: Field()].keep(told, at: place)
    }

    private mutating func score(
        _ number: Int, tag: Double, told: CategoryTold?, time: Int64, price: inout Price?
    ) {
        guard let field = fields[number] else { return }
        let standing = field.frequencies.standing(of: tag)
        let order = field.frequencies.count
        let values = field.frequencies.distinct + (standing.count == 0 ? 1 : 0)
        let place = told?.place(of: tag)
        fields[number]?.score.add(
            place: place, told: told, standing: standing, order: order,
            leadMicroseconds: max(0, time - (told?.made ?? time)))
        var sum = price ?? Price()
        sum.bits += CategoryScore.bits(place: place, told: told, values: values)
        sum.bitsByFrequency += log2((Double(order) + 0.5 * Double(values)) / (Double(standing.count) + 0.5))
        price = sum
    }
}
