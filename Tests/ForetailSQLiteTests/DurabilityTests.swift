import ForetailSQLite
import Testing

@Test("A durability is named in a configuration file as in the documentation")
func durabilityNames() {
    #expect(Durability(rawValue: "fsync") == .fsync)
    #expect(Durability(rawValue: "os") == .os)
    #expect(Durability(rawValue: "none") == nil)
}
