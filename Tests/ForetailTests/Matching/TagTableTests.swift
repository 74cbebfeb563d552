import Testing

@testable import Foretail

@Suite("TagTable and TagSieve") struct TagTableTests {
    @Test("hold what was inserted and not removed, with tags that collide")
    func random() {
        var random = RandomFilters(seed: 5)
        var (table, sieve) = (TagTable(), TagSieve())
        defer {
            table.deallocate()
            sieve.deallocate()
        }
        var live: [UInt32: UInt32] = [:]
        for number in 0..<20_000 as Range<UInt32> {
            if random.below(5) < 3 {
                let tag = UInt32(random.below(3_000)) &* (random.below(2) == 0 ? 1 : 0x0100_0000)
                table.insert(tag, number)
                sieve.noteInsertion(tag, table)
                live[number] = tag
            } else if let (gone, tag) = live.randomElement() {
                table.remove(tag, gone)
                sieve.noteRemoval(table)
                live[gone] = nil
            }
        }
        #expect(table.count == live.count)
        for (number, tag) in live {
            #expect(sieve.mayHold(tag))
            var place = Int(tag) & table.mask
            while table.entries[place].number != number {
                guard table.entries[place].number != TagTable.free else {
                    Issue.record("entry \(number) is lost")
                    break
                }
                place = (place + 1) & table.mask
            }
        }
    }
}
