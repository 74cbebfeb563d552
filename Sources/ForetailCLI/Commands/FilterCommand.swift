import ArgumentParser
struct FilterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "filter", abstract: "grep with CEL.")
    func run() async throws {}
}
