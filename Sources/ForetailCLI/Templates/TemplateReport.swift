/// What `foretail templates` found.
struct TemplateReport {
    /// One template.
    struct Entry {
        /// Its number, from 1 in the order of first lines.
        var number: Int
        var name: [UInt8]
        /// Its text as it is at the end.
        var text: [UInt8]
        var count: Int
        var first: [UInt8]
        var last: [UInt8]
        var parameters: [ParameterProfile]
    }

    /// The source's name.
    var source: String
    /// Lines with a template.
    var lines = 0
    /// Lines that could not be read.
    var bad = 0
    /// Lines of templates that are not listed any more.
    var others = 0
    /// The templates, the most frequent first.
    var entries: [Entry] = []
}
