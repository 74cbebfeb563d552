import ArgumentParser

/// What `foretail tail` can be told of lookups.
struct LookupOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A reference store, such as crm=postgres://localhost/shop or prices=sqlite:prices.db; may be repeated.",
            valueName: "name=url"))
    var store: [String] = []
    @Option(
        help: ArgumentHelp(
            "Join every event with rows of a store, or with what its key did before (store 'history'); JSON with name, store, query and key; may be repeated.",
            valueName: "json"))
    var lookup: [String] = []

    func validate() throws {
        guard !lookup.isEmpty || store.isEmpty else {
            throw ValidationError("--store: nothing asks it; add --lookup")
        }
    }
}
