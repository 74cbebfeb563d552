internal import FieldExtraction
internal import FilterLanguage

/// All filters of a stream by number: finds those an event satisfies in a time that depends on how many nearly match, not on
/// how many there are.
///
///     var index = FilterIndex()
///     let number = index.insert(try Filter("event.user.id == 'u-1'"), plan: plan)
///     index.match(row)            // [number]
///     index.remove(number)
///
/// Each filter is taken apart into alternatives, each alternative found by one access predicate (``AccessPlanner``):
/// equality of one or two slots, membership, prefix and element by hash, ranges by a tree, presence. What fires is compared
/// byte by byte, then tested for the rest. The result is that of evaluating every filter: `filter true ⟺ some alternative's access and rest
/// true`, failures included, as ``PredicateFormula`` argues. Filters without access predicate are evaluated for every event.
/// The result depends neither on the seed nor on what was measured.
///
/// Registering and removing cost O(log n), nothing is ever rebuilt as a whole. One owner at a time, between events.
/// Sources: Fabret et al. 2001 (access predicates); Sadoghi & Jacobsen, "BE-Tree" (2011) (one predicate, then the rest).
@safe package struct FilterIndex: ~Copyable {
    /// The most prefix lengths per slot that are probed; further ones use the next shorter.
    static let prefixLengths = 32
    /// The most pairs of slots that are probed.
    static let pairs = 64
    /// Filters without access predicate that a stream should take; see ``isScanFull``.
    package static let scanLimit = 10_000

    var slab = SlabMemory()
    var table = TagTable()
    var sieve = TagSieve()
    var sources = TagTable()
    var groups = Pile<FilterGroup>()
    var entries = Pile<Entry>()
    var buckets = Pile<Bucket>()
    var probes = Pile<Probe>()
    var forest = IntervalForest()
    var always = Pile<UInt32>()
    var scanned = Pile<UInt32>()
    var keys: EventKeys
    var selectivity: Selectivity
    var shapes: [Probe.Shape: Int] = [:]
    var prefixes: [Int: [Int]] = [:]
    var pairCount = 0
    var salts: UInt64 = 0
    var programs: [BoundFilter?] = []
    var programBytes = 0
    var freeProgram: [Int] = []
    var freeGroup = Entry.none
    var freeEntry = Entry.none
    var freeBucket = Entry.none
    var slots: [FieldPath: Int] = [:]
    var sourceBytes = 0

    // The event at hand.
    var evaluator = FilterEvaluator()
    var matches = Pile<UInt32>(capacity: 64)
    var hits = Pile<Posting>(capacity: 64)
    var gathered = Pile<GatheredLookup>(capacity: 64)
    var stamps = Pile<UInt32>()
    var event: UInt32 = 0
    var texts = DecodedTexts()

    // Planning anew.
    var wasted = Entry.none
    var untilReplan = 1_024
    var replanInterval = 1_024
    /// Filters that were given another access predicate after their first.
    package internal(set) var replanned = 0

    let hash: KeyHash

    /// Creates an empty index. The seed guards the tables against chosen keys; without one the process's own is used.
    package init(seed: UInt64? = nil) {
        var hasher = Hasher()
        hasher.combine(0x5F0E)
        let hash = KeyHash(seed: seed ?? UInt64(truncatingIfNeeded: hasher.finalize()))
        self.hash = hash
        keys = EventKeys(hash: hash)
        selectivity = Selectivity(hash: hash)
    }

    deinit {
        slab.deallocate()
        table.deallocate()
        sieve.deallocate()
        sources.deallocate()
        groups.deallocate()
        entries.deallocate()
        buckets.deallocate()
        probes.deallocate()
        forest.deallocate()
        always.deallocate()
        scanned.deallocate()
        keys.deallocate()
        matches.deallocate()
        hits.deallocate()
        gathered.deallocate()
        stamps.deallocate()
        texts.deallocate()
    }

    /// The number one above the largest group number given out.
    package var capacity: Int { groups.count }

    /// Registrations of a group's filter.
    package func uses(of group: Int) -> Int { groups[group].kind == .free ? 0 : Int(groups[group].uses) }

    /// Filters that are evaluated for every event, for want of an access predicate.
    package var scannedCount: Int { scanned.count }

    /// Whether as many filters are scanned as should be; the next one ought to be refused, with ``scanLimit`` as the reason.
    package var isScanFull: Bool { scanned.count >= FilterIndex.scanLimit }

    /// Whether a group is scanned.
    package func isScanned(_ group: Int) -> Bool { groups[group].kind == .scanned }

    /// The look-ups made for every event.
    package var probeCount: Int { shapes.count }

    /// The bytes of everything the index holds, allocated, sources left out.
    package var bytes: Int {
        let tables = table.bytes + sieve.bytes + sources.bytes + groups.bytes
        let postings = entries.bytes + buckets.bytes + probes.bytes
        let lists = always.bytes + scanned.bytes + matches.bytes + hits.bytes + gathered.bytes
        let event = stamps.bytes + texts.bytes
        let planning = keys.bytes + selectivity.bytes + shapes.capacity * 64 + slots.capacity * 64
        let kept = forest.bytes + programs.capacity * 32 + programBytes
        return slab.bytes - sourceBytes + tables + postings + lists + event + planning + kept
    }
}
