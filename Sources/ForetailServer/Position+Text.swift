#if Server
import FieldExtraction
package import Foretail

extension Position {
    /// Reads the printed form, `0:1-42`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let place = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard place.count == 2, let partition = Self.number(parts[0]).flatMap(UInt32.init(exactly:)),
            let epoch = Self.number(place[0]).flatMap(UInt32.init(exactly:)), let sequence = Self.number(place[1])
        else { return nil }
        self.init(partition: partition, epoch: epoch, sequence: sequence)
    }

    /// A number in the one form it is printed in: digits, no sign, no zeros in front.
    private static func number(_ text: some StringProtocol) -> UInt64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text == "0" || text.utf8.first != 0x30 else {
            return nil
        }
        // No log gives a larger one.
        return Int64(text).map(UInt64.init)
    }

    /// Before all others.
    static let none = Position(partition: 0, epoch: 0, sequence: 0)
}
#endif
