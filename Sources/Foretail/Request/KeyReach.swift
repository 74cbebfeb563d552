import FieldExtraction
import FilterLanguage

/// The keys whose events a filter can match: a series outside every request's reach is not learned.
///
/// Read out of the filter's formula: `event.host == "web-1" && event.cpu > 80` on a stream keyed by `host` reaches one key.
/// Never too narrow: where it cannot tell (no comparison with the key, or one with a number, which is written in several
/// ways), the filter reaches all keys.
enum KeyReach: Equatable {
    /// Any key.
    case all
    /// These keys, each once, as ``StreamState`` spells them.
    case keys(Set<[UInt8]>)

    /// The most keys that are told apart.
    static let keyLimit = 4_096

    /// The reach of a filter.
    ///
    /// - Parameters:
    ///   - slots: The slot of each of the filter's fields.
    ///   - keySlots: The slots of the key's fields, in order; empty for a stream without a key.
    ///   - metaKeySlot: The slot of `meta.key`, if someone reads it.
    ///   - keyBytes: The longest key, see ``Limits/keyBytes``.
    init(_ filter: Filter?, slots: [Int], keySlots: [Int], metaKeySlot: Int?, keyBytes: Int) {
        self = .all
        guard let filter, !keySlots.isEmpty else { return }
        let formula = filter.formula(slots: slots)
        if let slot = metaKeySlot, let keys = Self.texts(of: slot, in: formula) {
            self.init(keys, keyBytes: keyBytes)
            return
        }
        var keys: Set<[UInt8]> = [[]]
        for (place, slot) in keySlots.enumerated() {
            guard let texts = Self.texts(of: slot, in: formula), keys.count * texts.count <= Self.keyLimit else {
                return
            }
            var longer: Set<[UInt8]> = []
            for key in keys {
                for text in texts { longer.insert(key + (place == 0 ? [] : [UInt8(ascii: ",")]) + text) }
            }
            keys = longer
        }
        self.init(keys, keyBytes: keyBytes)
    }

    private init(_ keys: Set<[UInt8]>, keyBytes: Int) {
        // A longer key is cut, and the cut one may belong to others too.
        let isTold = keys.count <= Self.keyLimit && keys.allSatisfy { $0.count <= keyBytes }
        self = isTold ? .keys(keys) : .all
    }

    /// The texts of which a slot holds one wherever the formula is true; nil if it may hold anything.
    private static func texts(of slot: Int, in formula: PredicateFormula) -> Set<[UInt8]>? {
        switch formula {
        case .constant(let value): return value ? nil : []
        case .opaque: return nil
        case .test(let predicate):
            guard predicate.slot == slot, case .equality(let constants)? = predicate.lookup else { return nil }
            var texts: Set<[UInt8]> = []
            for constant in constants {
                guard case .text(let text) = constant else { return nil }
                texts.insert(text)
            }
            return texts
        case .all(let parts):
            var all: Set<[UInt8]>?
            for part in parts {
                guard let texts = texts(of: slot, in: part) else { continue }
                all = all?.intersection(texts) ?? texts
            }
            return all
        case .any(let parts):
            var all: Set<[UInt8]> = []
            for part in parts {
                guard let texts = texts(of: slot, in: part) else { return nil }
                all.formUnion(texts)
            }
            return all
        }
    }
}
