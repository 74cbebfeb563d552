/// A command line that cannot be run as it stands; ends with status 2.
struct UsageError: Error {
    /// The subcommand.
    var command: String
    /// What is wrong and how to mend it.
    var message: String

    /// What is printed.
    var text: String { "foretail \(command): \(message)\nSee 'foretail \(command) --help'.\n" }
}
