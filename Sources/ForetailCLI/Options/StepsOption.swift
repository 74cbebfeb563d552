import ArgumentParser

/// The steps asked for: `12` means 1…12, `1,12,288` exactly those.
struct StepsOption: ExpressibleByArgument, Hashable {
    /// The steps, ascending.
    var steps: [Int]

    init(steps: [Int]) { self.steps = steps }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for part in parts {
            guard let number = Int(part), number >= 1, number <= 1_000_000 else { return nil }
            numbers.append(number)
        }
        if numbers.count == 1 {
            guard numbers[0] <= 100_000 else { return nil }
            steps = Array(1...numbers[0])
        } else {
            steps = Set(numbers).sorted()
        }
    }

    var defaultValueDescription: String { steps.map(String.init).joined(separator: ",") }
}
