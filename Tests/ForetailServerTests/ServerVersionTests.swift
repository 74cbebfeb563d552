import ForetailServer
import Testing

@Test("The version has three parts")
func version() {
    #expect(ServerVersion.current.split(separator: ".").count == 3)
}
